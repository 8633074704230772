/** The memory of the IdP's isolate, over the inspector of the local runtime: objects and buffers, when all garbage is gone. */

export interface Heap {
  /** MiB */
  read(): Promise<number>;
  close(): void;
}

/** @param port of the inspector @param worker its name */
export async function openHeap(port: number, worker: string): Promise<Heap> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as readonly {
    readonly id: string;
    readonly webSocketDebuggerUrl: string;
  }[];
  const target = targets.find(({ id }) => id.endsWith(`:${worker}`));
  if (target === undefined) throw new Error(`there is no ${worker} to look into`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener("message", ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { readonly id?: number; readonly result?: unknown };
    if (id !== undefined) waiting.get(id)?.(result);
  });
  let last = 0;
  const call = <T>(method: string): Promise<T> =>
    new Promise((resolve) => {
      waiting.set(++last, (result) => resolve(result as T));
      socket.send(JSON.stringify({ id: last, method }));
    });
  return {
    read: async () => {
      await call("HeapProfiler.collectGarbage");
      const { usedSize, backingStorageSize } = await call<{
        readonly usedSize: number;
        readonly backingStorageSize: number;
      }>("Runtime.getHeapUsage");
      return (usedSize + backingStorageSize) / 2 ** 20;
    },
    close: () => socket.close(),
  };
}
