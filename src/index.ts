/** Worker entry: what the platform calls, and the Durable Object classes it needs to know. No logic. */
import { createApp } from "./app.ts";
import { everyMinute } from "./schedule.ts";

export { AuditChain } from "./store/audit-chain.ts";
export { Grant } from "./store/grant.ts";
export { LoginCounter } from "./store/login-counter.ts";
export { RecentRefusals } from "./store/recent-refusals.ts";
export { RefreshGate } from "./store/refresh-gate.ts";
export { ReplayMarks } from "./store/replay-marks.ts";
export { Session } from "./store/session.ts";

const app = createApp();

export default {
  fetch: app.fetch,
  scheduled: ({ scheduledTime }: ScheduledController, env: object, context: ExecutionContext) =>
    everyMinute(env, context, scheduledTime),
};
