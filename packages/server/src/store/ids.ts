/**
 * Whether a string is a UUID as this server writes them. Nothing else is an id of a row, and PostgreSQL would
 * answer it with an error where SQLite finds nothing.
 */
export function isUuid(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
}
