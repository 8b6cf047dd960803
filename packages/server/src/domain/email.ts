/**
 * The one spelling of an email address under which an account is stored, found, counted and written to.
 *
 * Only ASCII addresses are accepted (the HTTP layer checks), so that lower case is the same in every language and no two
 * different addresses fall together (CVE-2019-19844).
 */
export function canonicalEmail(email: string): string {
  return email.trim().toLowerCase();
}
