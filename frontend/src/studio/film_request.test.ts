import { expect, test } from "vitest";
import { FilmRequest } from "./film_request";

function heard(): { said: string[]; request: FilmRequest } {
  const said: string[] = [];
  const request = new FilmRequest((number) => said.push(`ask ${number}`), {
    waiting: () => said.push("waiting"),
    warming: () => said.push("warming"),
    progress: (done, of) => said.push(`${done} of ${of}`),
    worker: (alive) => said.push(`worker ${alive}`),
    done: (file) => said.push(`done ${file}`),
    fail: (message) => said.push(message.slice(0, 22)),
  });
  request.hear({ kind: "worker", alive: true }, 0);
  expect(said.splice(0)).toEqual(["worker true", "waiting", "ask 1"]);
  return { said, request };
}

test("a film is asked for once, and tells how far it is", () => {
  const { said, request } = heard();
  request.hear({ kind: "warming", number: 1 }, 1);
  request.hear({ kind: "progress", number: 1, done: 1, of: 4 }, 2);
  request.hear({ kind: "worker", alive: true }, 3);
  request.hear({ kind: "progress", number: 0, done: 3, of: 4 }, 4);
  request.hear({ kind: "film", number: 1, film: "abc" }, 5);
  expect(said).toEqual(["warming", "1 of 4", "worker true", "done abc"]);
});

test("without a worker that is said, and it is asked for again once there is one", () => {
  const { said, request } = heard();
  request.hear({ kind: "worker", alive: false }, 1000);
  request.look(900_000);
  request.hear({ kind: "worker", alive: true }, 900_001);
  request.hear({ kind: "progress", number: 1, done: 1, of: 4 }, 900_002);
  request.look(900_003);
  expect(said).toEqual(["worker false", "worker true", "waiting", "ask 2"]);
});

test("it waits long for its turn, and is asked for anew where it was begun and left", () => {
  const { said, request } = heard();
  request.look(200_000);
  request.hear({ kind: "progress", number: 1, done: 2, of: 4 }, 200_000);
  request.look(250_000);
  request.look(261_000);
  request.hear({ kind: "progress", number: 1, done: 3, of: 4 }, 261_000);
  expect(said).toEqual(["2 of 4", "waiting", "ask 2"]);
  request.look(600_000);
  expect(said.at(-1)).toBe("Nothing was heard of t");
});

test("a large file may take minutes to be written", () => {
  const { said, request } = heard();
  request.hear({ kind: "progress", number: 1, done: 4, of: 4 }, 1000);
  request.look(200_000);
  request.hear({ kind: "film", number: 1, film: "abc" }, 250_000);
  expect(said).toEqual(["4 of 4", "done abc"]);
});

test("why it cannot be drawn is told", () => {
  const { said, request } = heard();
  request.hear({ kind: "error", number: 1, message: "No." }, 1);
  expect(said).toEqual(["No."]);
});
