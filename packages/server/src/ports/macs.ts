/** A message authentication code under one purpose, so that a value made for one purpose is worth nothing for another. */
export interface Mac {
  /** 32 bytes, under the current secret. */
  sign(message: Uint8Array): Uint8Array;
  /** Whether it was made under the current or a previous secret. Constant time. */
  verify(message: Uint8Array, mac: Uint8Array): boolean;
}
