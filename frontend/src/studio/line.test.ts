import { expect, test } from "vitest";
import { type Hears, Requests } from "./line";
import type { Recipe } from "./recipe";

const at = (share: number): Recipe => ({
  checkpoint: 1, class: 1, start: { seed: 1 }, towards: { seed: 2 }, share, truncation: 1, moves: {},
}); // biome-ignore format: a record

function heard(): { said: string[]; hears: Hears } {
  const said: string[] = [];
  const hears: Hears = {
    picture: (_, { share }) => said.push(`picture ${share}`),
    near: (_, { share }) => said.push(`near ${share}`),
    warming: () => said.push("warming"),
    frame: (done, of) => said.push(`frame ${done} of ${of}`),
    film: (film, kind) => said.push(`${kind} ${film}`),
    error: (message, film) => said.push(film ? `${film}: ${message}` : message),
    worker: (alive) => said.push(`worker ${alive}`),
    refused: (reason) => said.push(reason),
  };
  return { said, hears };
}

test("while one request is on its way, only the newest of the others is asked for", () => {
  const { said, hears } = heard();
  const requests = new Requests(hears);
  requests.ask(at(0.1));
  expect(requests.next(0)?.recipe.share).toBe(0.1);
  for (const share of [0.2, 0.3, 0.4]) {
    requests.ask(at(share));
    expect(requests.next(1)).toBeUndefined();
  }
  requests.hear({ kind: "picture", number: 1 }, 2);
  expect(requests.next(2)).toEqual({ number: 2, recipe: at(0.4) });
  requests.hear({ kind: "near", number: 1 }, 3);
  requests.hear({ kind: "picture", number: 2 }, 4);
  requests.hear({ kind: "near", number: 1 }, 5);
  expect(said).toEqual(["picture 0.1", "near 0.1", "picture 0.4"]);
  expect(requests.next(6)).toBeUndefined();
});

test("an error makes room for the next request", () => {
  const { said, hears } = heard();
  const requests = new Requests(hears);
  requests.ask(at(0.1));
  requests.next(0);
  requests.ask(at(0.2));
  requests.hear({ kind: "error", number: 1, message: "No." }, 1);
  expect(said).toEqual(["No."]);
  expect(requests.next(1)?.recipe.share).toBe(0.2);
});

test("a film tells how far it is, and another picture stops it", () => {
  const { said, hears } = heard();
  const requests = new Requests(hears);
  requests.ask(at(0.1), "webm");
  expect(requests.next(0)).toEqual({ number: 1, recipe: at(0.1), film: "webm" });
  requests.hear({ kind: "frame", number: 1, done: 3, of: 24 }, 14_000);
  expect(requests.next(20_000)).toBeUndefined();
  requests.hear({ kind: "film", number: 1, film: "AAAA" }, 21_000);
  requests.ask(at(0.1), "gif");
  requests.next(22_000);
  requests.ask(at(0.2));
  expect(requests.next(22_001)).toEqual({ number: 3, recipe: at(0.2) });
  requests.hear({ kind: "film", number: 2, film: "BBBB" }, 22_002);
  expect(said).toEqual(["frame 3 of 24", "webm AAAA"]);
  requests.hear({ kind: "picture", number: 3 }, 22_003);
  requests.ask(at(0.3), "strip");
  requests.next(23_000);
  requests.hear({ kind: "error", number: 4, message: "No." }, 23_001);
  expect(said.at(-1)).toBe("strip: No.");
});

test("what is lost is asked for again, unless something newer is wanted", () => {
  const { hears } = heard();
  const requests = new Requests(hears);
  requests.ask(at(0.1));
  requests.next(0);
  requests.lose();
  expect(requests.next(1)).toEqual({ number: 2, recipe: at(0.1) });
  requests.ask(at(0.2));
  expect(requests.next(10_000)).toBeUndefined();
  expect(requests.next(20_000)?.recipe.share).toBe(0.2);
});
