/** SHA-256. */
export type Digest = (text: string) => Uint8Array;
