/** The algorithms that the server signs with. HS256 has no stored keys. */
export type SigningAlgorithm = 'ES256' | 'RS256' | 'EdDSA';

/**
 * The life of a signing key: published, signing, published for as long as its tokens live, gone.
 * A revoked key is gone at once.
 */
export type KeyState = 'next' | 'current' | 'retired' | 'revoked';

/** A signing key as it is stored. Moments are milliseconds since the Unix epoch by the database's clock. */
export interface StoredKey {
  /** The RFC 7638 thumbprint of the public key. */
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly state: KeyState;
  /** The public key as a JWK (RFC 7517), as JSON. */
  readonly publicJwk: string;
  /** The private key in PKCS #8, encrypted. */
  readonly encryptedPrivateKey: Uint8Array;
  readonly createdAt: number;
  /** When it became the current one. */
  readonly activatedAt: number | null;
  /** When it stopped signing. */
  readonly retiredAt: number | null;
  /** When it leaves the key set: the end of the last token that it can have signed, and a margin. */
  readonly unpublishedAt: number | null;
}

/** A signing key that is about to be stored, as the next or, where there is none, the current one. */
export interface NewKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicJwk: string;
  readonly encryptedPrivateKey: Uint8Array;
}
