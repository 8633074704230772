/** What workerd's byte streams have and Node's lack, for rules that are tried in Node too. */
const { prototype } = ReadableStreamBYOBReader;
prototype.readAtLeast ??= async function <T extends ArrayBufferView>(
  this: ReadableStreamBYOBReader,
  least: number,
  { buffer, byteLength }: T,
): Promise<ReadableStreamReadResult<T>> {
  let room = new Uint8Array(buffer as ArrayBuffer, 0, byteLength);
  let length = 0;
  while (length < least) {
    const { done, value } = await this.read(room.subarray(length));
    if (value === undefined) return { done: true };
    room = new Uint8Array(value.buffer, 0, byteLength);
    if (done) break;
    length += value.byteLength;
  }
  return length === 0 ? { done: true } : { done: false, value: room.subarray(0, length) as unknown as T };
};
