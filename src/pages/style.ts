/**
 * The one style sheet: light ground (the iSHARE brand asks for white), readable at phone width, clear focus. Inlined
 * under the page's CSP nonce, so that a page is one request.
 */
export const STYLE = `
*,::before,::after{box-sizing:border-box}
body{margin:0;background:#f6f5f8;color:#221c24;font:1rem/1.5 Lato,system-ui,-apple-system,"Segoe UI",sans-serif}
.card{max-width:27rem;margin:0 auto;padding:1.5rem;background:#fff;min-height:100vh}
@media(min-width:32rem){.card{margin:3rem auto;padding:2.25rem;min-height:0;border:1px solid #e2dde5;border-radius:.75rem}}
.mark{display:flex;justify-content:space-between;align-items:baseline;gap:1rem;margin:0 0 2rem;padding-bottom:1rem;border-bottom:1px solid #e2dde5}
.idp{font-weight:700;overflow-wrap:anywhere}
.ishare{color:#61385f;font-weight:700;padding:0 .5rem;background:#fff}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}
p,ul{margin:0 0 1rem}
li{margin:.25rem 0}
.sp{overflow-wrap:anywhere;color:#574d5a;font-size:.875rem}
label,legend{display:block;font-weight:700;margin:0 0 .25rem;padding:0}
fieldset{border:0;margin:0 0 1rem;padding:0}
.choice{display:flex;gap:.75rem;align-items:flex-start;font-weight:400;padding:.75rem;border:1px solid #b9b0bd;border-radius:.5rem;margin:.5rem 0}
.choice small{display:block;color:#574d5a;overflow-wrap:anywhere}
input[type=text],input[type=password]{width:100%;font:inherit;padding:.625rem .75rem;margin:0 0 1rem;border:1px solid #857a89;border-radius:.5rem;background:#fff;color:inherit}
input[type=radio]{margin:.25rem 0 0;width:1.125rem;height:1.125rem;accent-color:#61385f}
button{width:100%;font:inherit;font-weight:700;padding:.75rem;margin:.25rem 0;border:2px solid #61385f;border-radius:.5rem;background:#61385f;color:#fff;cursor:pointer}
button.plain{background:#fff;color:#61385f}
:focus-visible{outline:3px solid #2f6fdb;outline-offset:2px}
.alert{padding:.75rem 1rem;border-left:4px solid #b3261e;background:#fdeceb}
.reference{color:#574d5a;font-size:.875rem;overflow-wrap:anywhere}
code{font-size:.8125rem}
`;
