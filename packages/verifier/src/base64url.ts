/**
 * Decodes base64url without padding, or gives undefined where the text is not the one canonical form of its bytes.
 *
 * Node's decoder forgives padding, white space, the other alphabet and stray trailing bits; encoding the bytes again
 * and comparing shows every one of them.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  // RFC 7515 section 2 (no padding, no white space), RFC 4648 section 3.5 (canonical trailing bits).
  return bytes.toString('base64url') === text ? bytes : undefined;
}
