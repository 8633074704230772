/**
 * The page whose form the browser posts to the Identity Provider: cross-site, as iSHARE has it, because the request is
 * too large for a URL. Submits itself; without script the button does it.
 */
import { raw } from "hono/html";
import { Page } from "./layout.tsx";
import type { ServiceProvider } from "./service-provider.ts";

interface Handover {
  readonly sp: ServiceProvider;
  readonly fields: Readonly<Record<string, string>>;
  /** of the Content-Security-Policy */
  readonly nonce: string;
}

export const HandoverPage = ({ sp, fields, nonce }: Handover) => (
  <Page sp={sp} title="To the Identity Provider">
    <h1>Taking you to the Identity Provider</h1>
    <p>The request is signed and encrypted; your browser now takes it to {sp.idp.url}.</p>
    <form method="post" action={`${sp.idp.url}/connect/authorize`} id="request">
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button type="submit" class="ishare">
        Continue
      </button>
    </form>
    <script nonce={nonce}>{raw(SUBMIT)}</script>
  </Page>
);

/** The button is for who has no script: pressed as well it would use the request twice. */
const SUBMIT = `{
  const form = document.getElementById("request");
  form.submit();
  form.querySelector("button").disabled = true;
}`;
