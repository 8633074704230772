/**
 * The one style sheet: light ground (the iSHARE brand asks for white), readable at phone width, clear focus, contrast
 * above 4.5:1. Inlined under the page's CSP nonce, so that a page is one request.
 */
export const STYLE = `
*,::before,::after{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;background:#f6f5f8;color:#221c24;font:1rem/1.5 Lato,system-ui,-apple-system,"Segoe UI",sans-serif;overflow-wrap:break-word}
.card{max-width:27rem;margin:0 auto;padding:1.5rem;background:#fff;min-height:100vh}
.wide{max-width:38rem}
@media(min-width:32rem){.card{margin:3rem auto;padding:2.25rem;min-height:0;border:1px solid #e2dde5;border-radius:.75rem}}
.mark{display:flex;justify-content:space-between;align-items:center;gap:1rem;margin:0 0 2rem;padding-bottom:1rem;border-bottom:1px solid #e2dde5}
.idp{display:flex;align-items:center;flex-wrap:wrap;gap:.25rem .75rem;font-weight:700;min-width:0;overflow-wrap:anywhere}
.idp img{max-height:2.5rem;max-width:8rem}
.ishare{flex:none;color:#61385f;font-weight:700;padding:.5rem;background:#fff}
.ishare img{display:block;height:1.75rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}
h2{font-size:1.125rem;line-height:1.3;margin:0 0 .5rem}
section{margin:2rem 0 0;padding:1.5rem 0 0;border-top:1px solid #e2dde5}
p,ul,ol,dl{margin:0 0 1rem}
ul,ol{padding-left:1.25rem}
li{margin:.25rem 0}
a{color:#61385f;text-underline-offset:.15em}
small{display:block;font-size:.875rem;font-weight:400;color:#574d5a;overflow-wrap:anywhere}
.sp,.hint,.reference{color:#574d5a;font-size:.875rem;overflow-wrap:anywhere}
.sp code{display:block}
form+p,.button+p,form+.hint{margin-top:.75rem}
form+.rows,form+form{margin-top:1.75rem}
label+.hint{margin:0 0 .375rem}
.facts>div{margin:0 0 .5rem}
dt{color:#574d5a;font-size:.875rem}
dd{margin:0;font-weight:700;overflow-wrap:anywhere}
label,legend{display:block;font-weight:700;margin:0 0 .25rem;padding:0}
fieldset{border:0;margin:0 0 1rem;padding:0;min-width:0}
.choice{display:flex;gap:.75rem;align-items:flex-start;font-weight:400;padding:.75rem;border:1px solid #b9b0bd;border-radius:.5rem;margin:.5rem 0;cursor:pointer}
.choice span{min-width:0;overflow-wrap:anywhere}
input[type=text],input[type=password],input[type=date]{width:100%;font:inherit;padding:.625rem .75rem;margin:0 0 1rem;border:1px solid #857a89;border-radius:.5rem;background:#fff;color:inherit}
textarea,select{width:100%;font:inherit;padding:.625rem .75rem;margin:0 0 1rem;border:1px solid #857a89;border-radius:.5rem;background:#fff;color:inherit}
textarea,pre{font:.8125rem/1.5 ui-monospace,monospace}
pre{margin:0;padding:.75rem;background:#f6f5f8;overflow:auto;max-height:24rem;white-space:pre-wrap;overflow-wrap:anywhere}
input[readonly]{background:#f6f5f8}
input[aria-invalid],textarea[aria-invalid]{border:2px solid #b3261e}
input.digits{font-size:1.375rem;letter-spacing:.2em;font-variant-numeric:tabular-nums}
input[type=radio]{flex:none;margin:.25rem 0 0;width:1.125rem;height:1.125rem;accent-color:#61385f}
button,.button{display:block;width:100%;font:inherit;font-weight:700;text-align:center;text-decoration:none;padding:.75rem;margin:.625rem 0;border:2px solid #61385f;border-radius:.5rem;background:#61385f;color:#fff;cursor:pointer;overflow-wrap:anywhere}
@media(min-width:32rem){.wide button,.wide .button{width:auto;min-width:14rem;display:inline-block}.wide .small{min-width:0}}
button small{color:inherit}
.plain{background:#fff;color:#61385f}
.danger{background:#fff;color:#b3261e;border-color:#b3261e}
.small{width:auto;padding:.375rem .875rem;margin:.5rem 0 0}
button:disabled{opacity:.65;cursor:default}
:focus-visible{outline:3px solid #2f6fdb;outline-offset:2px}
.alert,.done{padding:.75rem 1rem;border-left:4px solid #b3261e;background:#fdeceb}
.done{border-color:#1b6b3a;background:#e9f5ed}
.or{text-align:center;color:#574d5a;margin:.75rem 0}
.status{min-height:1.5rem;margin:.5rem 0 0;color:#574d5a}
.others{margin:1.25rem 0 0}
.others ul{list-style:none;padding:0;margin:0}
.others a,main>p>a{display:inline-block;padding:.25rem 0}
.account{display:flex;flex-wrap:wrap;gap:0 1.25rem;margin:-1rem 0 1.5rem}
.account a{display:inline-block;padding:.375rem 0;text-decoration:none}
.account a:hover{text-decoration:underline}
.account [aria-current]{font-weight:700;color:#221c24;box-shadow:0 -3px #61385f inset}
.rows{list-style:none;padding:0}
.rows>li{margin:0;padding:.875rem 0;border-top:1px solid #e2dde5}
.rows>li:first-child{border-top:0;padding-top:0}
.rows strong{overflow-wrap:anywhere}
.tag{display:inline-block;margin-left:.5rem;padding:0 .5rem;border:1px solid #61385f;border-radius:1rem;font-size:.8125rem;color:#61385f}
details{margin:.375rem 0}
summary{cursor:pointer;color:#61385f;padding:.25rem 0;width:fit-content}
details[open]{padding:0 0 .5rem}
.qr{width:12.5rem;height:12.5rem;margin:0 0 1rem;padding:.25rem;background:#fff}
.qr svg{display:block;width:100%;height:100%}
.key code{font-size:1rem;user-select:all}
.codes{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.375rem 2rem;padding-left:2rem}
.codes code{font-size:1rem}
code{font-size:.8125rem;overflow-wrap:anywhere}
footer{margin:2rem 0 0;padding:1rem 0 0;border-top:1px solid #e2dde5}
.languages{display:flex;flex-wrap:wrap;gap:0 1rem;font-size:.875rem}
.languages>*{padding:.25rem 0}
.languages [aria-current]{font-weight:700}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media print{body{background:#fff}.card{border:0;margin:0;padding:0;max-width:none}footer,button,.button{display:none}.codes{grid-template-columns:1fr 1fr}}
`;
