/** Pages of a list: one row more than is shown is asked for, and tells whether there is another page. Pure. */

export interface Rows<T> {
  readonly rows: readonly T[];
  /** the last row, when there are more behind it */
  readonly last: T | undefined;
}

/** @param found up to `size` + 1 rows */
export const pageOf = <T>(found: readonly T[], size: number): Rows<T> => ({
  rows: found.slice(0, size),
  last: found.length > size ? found[size - 1] : undefined,
});
