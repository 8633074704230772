/** Where the pages of the console post to and link to. */

export const ADMIN = {
  overview: "/admin",
  users: "/admin/users",
  addUser: "/admin/users/add",
  user: "/admin/user",
  changeUser: "/admin/user/change",
  addMembership: "/admin/user/organisations",
  removeMembership: "/admin/user/organisations/remove",
  status: "/admin/user/status",
  code: "/admin/user/code",
  authorisations: "/admin/authorisations",
  revokeAuthorisation: "/admin/authorisations/revoke",
  proposals: "/admin/proposals",
  decide: "/admin/proposals/decide",
  organisations: "/admin/organisations",
  organisation: "/admin/organisation",
  tokens: "/admin/tokens",
  revokeToken: "/admin/tokens/revoke",
  parties: "/admin/parties",
  audit: "/admin/audit",
  refusals: "/admin/refusals",
} as const;

/** A page with its parameters; those without a value are left out. */
export function href(
  path: string,
  parameters: Readonly<Record<string, string | number | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== "") query.set(name, String(value));
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}
