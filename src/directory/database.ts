/** What of D1 is used, in a file of its own so that records may build on each other without a circle. */

/** So that commands outside a Worker can bring their own. */
export type Database = Pick<D1Database, "prepare" | "batch">;
