import { expect, test } from "vitest";
import { FilmRequest } from "./films";

function heard(): { said: string[]; request: FilmRequest } {
  const said: string[] = [];
  const request = new FilmRequest({
    ask: (number) => said.push(`ask ${number}`),
    progress: (share) => said.push(`progress ${share}`),
    done: (file) => said.push(`done ${file}`),
    fail: (message) => said.push(message.slice(0, 22)),
  });
  return { said, request };
}

test("a film is asked for once a worker is there, and tells how far it is", () => {
  const { said, request } = heard();
  request.look(500_000);
  request.hear({ kind: "worker", alive: true }, 0);
  request.hear({ kind: "warming", number: 1 }, 1);
  request.hear({ kind: "progress", number: 1, done: 1, of: 4 }, 2);
  request.hear({ kind: "worker", alive: true }, 3);
  request.hear({ kind: "film", number: 1, film: "abc" }, 4);
  expect(said).toEqual(["progress 0", "ask 1", "progress 0.25", "done abc"]);
});

test("without a worker it is not waited for", () => {
  const { said, request } = heard();
  request.hear({ kind: "worker", alive: false }, 0);
  expect(said).toEqual(["No studio worker draws"]);
});

test("it waits long for its turn, and is asked for anew where it was begun and left", () => {
  const { said, request } = heard();
  request.hear({ kind: "worker", alive: true }, 0);
  request.look(200_000);
  request.hear({ kind: "progress", number: 1, done: 2, of: 4 }, 200_000);
  request.look(250_000);
  request.look(261_000);
  request.hear({ kind: "progress", number: 1, done: 3, of: 4 }, 261_000);
  expect(said).toEqual(["progress 0", "ask 1", "progress 0.5", "progress 0", "ask 2"]);
  request.look(600_000);
  expect(said.at(-1)).toBe("Nothing was heard of t");
});
