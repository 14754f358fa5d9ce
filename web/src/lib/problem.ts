// What went wrong with a request, in one shape: the server's problem+json, or no answer at all.

/** One invalid field of a submitted form. */
export type FieldProblem = { field: string; code: string; message: string };

/** A request that was refused or never answered. `status` 0 means that no answer came. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string | null;
  readonly fields: FieldProblem[];
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;

  constructor(status: number, body: unknown, retryAfter: string | null = null) {
    const shape = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
    const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
    const detail = text(shape.detail) ?? text(shape.title);
    super(detail ?? `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.code = text(shape.code) ?? (status === 0 ? "offline" : "unknown");
    this.detail = detail;
    this.fields = Array.isArray(shape.fields) ? (shape.fields as FieldProblem[]) : [];
    this.requestId = text(shape.request_id);
    const seconds = Number(retryAfter);
    this.retryAfterSeconds = retryAfter !== null && Number.isFinite(seconds) ? seconds : null;
  }

  /** Worth trying again without a change: the network, or the server's own trouble. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** The status of an error, or null when it is not a Problem. */
export function statusOf(error: unknown): number | null {
  return error instanceof Problem ? error.status : null;
}
