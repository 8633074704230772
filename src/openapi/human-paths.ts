/**
 * What a human's browser is sent to, as far as others rely on it: the login form that simple clients and the conformance test
 * post, the way back, logout. Pages that only our own pages lead to are no interface, and not described.
 */
import type { FrameworkVersion } from "../protocol/framework.ts";
import { anywhere, form, html, type Json, query, redirect, ref } from "./parts.ts";

const text = { type: "string" };
const WAIT = { "retry-after": { $ref: "#/components/headers/RetryAfter" } };
const RETURN_URL = { ...text, description: "The callback's path and query, as authorize gave it." };

const REFUSALS: Json = {
  400: html("The request makes no sense, or its time is over: our error page."),
  ...anywhere("html"),
};

export function humanPaths(version: FrameworkVersion): Json {
  return {
    "/login": {
      get: {
        operationId: "login-page",
        summary: "The login page.",
        parameters: [query("returnUrl", RETURN_URL, "Where the sign-in goes on.", true)],
        responses: {
          200: html("The page."),
          302: redirect("No page is needed.", "Where it goes on."),
          ...REFUSALS,
        },
      },
      post: {
        operationId: version === "3.0" ? "authenticate-user-login" : "/login",
        summary: "Signs in with a password. Works without script and without a second factor.",
        parameters: [query("returnUrl", RETURN_URL, "Here or in the form.")],
        requestBody: form(["username", "password"], {
          username: text,
          password: text,
          returnUrl: RETURN_URL,
        }),
        responses: {
          302: redirect("Signed in so far.", "`returnUrl`, or the page of a further factor."),
          403: html("Not this password, or not for this user: the page again. Or a form from another site."),
          413: html("More than 64 KiB."),
          415: html("No form."),
          429: html("Too many tries.", WAIT),
          ...REFUSALS,
        },
      },
    },
    "/connect/authorize/callback": {
      get: {
        operationId: "callback",
        summary: "Goes on with a sign-in: asks what is left to ask, then back to the Service Provider, once.",
        parameters: [query("authzId", text, "The sign-in.", true)],
        responses: {
          200: html(
            "A page that asks for the organisation or consent, or a form that posts itself (form_post).",
          ),
          302: redirect(
            "Done, or not far enough.",
            "`redirect_uri` with code, state and iss; or a page of ours.",
          ),
          ...REFUSALS,
        },
      },
    },
    "/connect/endsession": {
      get: {
        operationId: "end-session",
        summary: "OpenID Connect RP-Initiated Logout 1.0. A hint alone logs nobody out.",
        parameters: [
          query("id_token_hint", text, "An id_token of ours."),
          query("client_id", ref("PartyId"), "If there is a hint: the one it was issued to."),
          query("post_logout_redirect_uri", { ...text, format: "uri" }, "With a hint of this session only."),
          query("state", text, "Comes back."),
        ],
        responses: {
          200: html("Signed out, or: do you want to?"),
          302: redirect("Signed out.", "`post_logout_redirect_uri` with state."),
          ...REFUSALS,
        },
      },
      post: {
        operationId: "end-session-by-form",
        summary: "The same by form, which comes again as a GET.",
        requestBody: form([], {
          ...{ id_token_hint: text, client_id: ref("PartyId"), state: text },
          post_logout_redirect_uri: { ...text, format: "uri" },
        }),
        responses: {
          200: html("Signed out."),
          302: redirect("Goes on with a GET.", "This endpoint, or where the logout ends."),
          413: html("More than 64 KiB."),
          415: html("No form."),
          ...REFUSALS,
        },
      },
    },
  };
}
