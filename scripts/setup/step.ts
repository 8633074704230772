/** One thing that setup does, and the words in which it is said beforehand. */
export interface Step {
  readonly says: string;
  /** undefined: there already */
  readonly run?: () => Promise<void>;
}
