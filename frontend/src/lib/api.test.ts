import { afterEach, expect, test, vi } from "vitest";
import { type ApiError, apiPost, errorFrom } from "./api";

afterEach(() => vi.unstubAllGlobals());

test("an error's sentence and fields come through", () => {
  const error = errorFrom(400, {
    error: { code: "invalid", message: "ratios: 9 is too many.", fields: { ratios: ["too many"] } },
  });
  expect(error.message).toBe("ratios: 9 is too many.");
  expect(error.fields).toEqual({ ratios: ["too many"] });
});

test("an answer that is no JSON still makes a sentence", () => {
  expect(errorFrom(502, null).message).toContain("502");
});

test("a call sends the token and its body, and tells when nobody answers", async () => {
  vi.stubGlobal("document", { querySelector: () => ({ content: "secret" }) });
  const fetching = vi.fn(async (_path: string, _request: RequestInit) => new Response('{"id": 1}'));
  vi.stubGlobal("fetch", fetching);
  expect(await apiPost("projects/", { name: "garments" })).toEqual({ id: 1 });
  const [path, request] = fetching.mock.calls[0] ?? [];
  expect(path).toBe("/api/v1/projects/");
  expect(request?.headers).toMatchObject({ "X-CSRFToken": "secret" });

  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("network")));
  const error = await apiPost("projects/").catch((caught: ApiError) => caught);
  expect(error).toMatchObject({ status: 0, code: "offline" });
});
