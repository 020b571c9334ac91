/** Calls to /api/v1/ from a signed-in page. Paths are relative to it: "projects/garments/loop/". */

/** An error that the API answered, or `code: "offline"` where no answer came. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

export const apiGet = <T>(path: string): Promise<T> => call<T>("GET", path);
export const apiPost = <T>(path: string, body?: unknown): Promise<T> => call<T>("POST", path, body);
export const apiPut = <T>(path: string, body: unknown): Promise<T> => call<T>("PUT", path, body);
export const apiPatch = <T>(path: string, body: unknown): Promise<T> =>
  call<T>("PATCH", path, body);
export const apiDelete = <T>(path: string, body?: unknown): Promise<T> =>
  call<T>("DELETE", path, body);

/** The token that Django asks of every call that changes something. */
export function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  const request: RequestInit = { method, headers, credentials: "same-origin" };
  if (body instanceof FormData || body instanceof Blob) {
    // The browser names the type: a form's boundary, a blob's own.
    request.body = body;
  } else if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}`, request);
  } catch {
    throw new ApiError(
      0,
      "offline",
      "Assay does not answer. Check the connection, then try again.",
    );
  }
  const text = await response.text();
  const answer = parse(text);
  if (!response.ok) throw errorFrom(response.status, answer);
  return answer as T;
}

function parse(text: string): unknown {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/** The error that an answer stands for, whatever its body. */
export function errorFrom(status: number, answer: unknown): ApiError {
  const error = (answer as { error?: { code?: string; message?: string; fields?: object } } | null)
    ?.error;
  return new ApiError(
    status,
    error?.code ?? "error",
    error?.message ?? `Assay answered with an error (${status}). Try again in a moment.`,
    (error?.fields ?? {}) as Record<string, unknown>,
  );
}
