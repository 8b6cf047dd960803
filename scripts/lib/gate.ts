/** A promise of the architecture that a machine can check. */
export interface Gate {
  readonly name: string;
  /** Answers what is wrong, a finding each; none means that the gate is passed. */
  run(): Promise<readonly string[]>;
}
