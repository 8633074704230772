/** Pages of a list: one row more than is shown is asked for, and tells whether there is another page. Pure. */

export interface Rows<T> {
  readonly rows: readonly T[];
  /** the last row, when there are more behind it */
  readonly last: T | undefined;
  /** how many rows are before the next page, where there is one */
  readonly next: number | undefined;
}

/**
 * @param found up to `size` + 1 rows
 * @param offset how many rows were before them
 */
export const pageOf = <T>(found: readonly T[], size: number, offset = 0): Rows<T> => {
  const isMore = found.length > size;
  return {
    rows: found.slice(0, size),
    last: isMore ? found[size - 1] : undefined,
    next: isMore ? offset + size : undefined,
  };
};
