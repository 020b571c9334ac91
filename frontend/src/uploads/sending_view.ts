/** What is seen of the sending: the bar, the numbers, and the files that matter. */
import { byId, el, icon, throttle } from "../lib/dom";
import { bytes, count, duration, percent } from "../lib/format";
import { Pace, quarterOf, type Row, shownOf, totalsOf } from "./ledger";

const EVERY_MS = 250;
const SHAPES = {
  waiting: "circle-dashed",
  sending: "loader-circle",
  sent: "circle-check",
  failed: "circle-x",
} as const;

export class SendingView {
  private rows: Row[] = [];
  private readonly pace = new Pace();
  private quarter = 0;
  /** Draws soon; called as often as bytes go. */
  readonly draw = throttle(EVERY_MS, () => this.drawNow());

  show(rows: Row[]): void {
    this.rows = rows;
    this.quarter = 0;
    this.pace.restart();
    byId("import-sending").hidden = false;
    byId("sending-head").focus();
    this.drawNow();
  }

  /** Says it to those who do not see the bar. */
  say(words: string): void {
    byId("import-say").textContent = words;
  }

  /** After a pause the speed is another one. */
  restartPace(): void {
    this.pace.restart();
  }

  private drawNow(): void {
    const totals = totalsOf(this.rows);
    this.pace.note(Date.now(), totals.bytesSent);
    const share = totals.bytes ? totals.bytesSent / totals.bytes : 1;
    byId<HTMLProgressElement>("import-progress").value = share;
    const failed = totals.filesFailed ? `, ${count(totals.filesFailed)} failed` : "";
    byId("import-totals").textContent =
      `${count(totals.filesSent)} of ${count(totals.files)} files${failed} · ` +
      `${bytes(totals.bytesSent)} of ${bytes(totals.bytes)}`;
    byId("import-pace").textContent = this.paceInWords(totals.bytes - totals.bytesSent);
    byId("import-rows").replaceChildren(...shownOf(this.rows).map(line));
    if (quarterOf(totals) > this.quarter) {
      this.quarter = quarterOf(totals);
      this.say(`${percent(share, 0)} is sent.`);
    }
  }

  private paceInWords(left: number): string {
    const speed = this.pace.perSecond;
    return speed ? `${bytes(speed)}/s, ${duration(left / speed)} left` : "";
  }
}

function line({ path, size, sent, state, problem }: Row): HTMLElement {
  const shape = icon(SHAPES[state]);
  const name = el("span", { class: "import-path", title: path }, path);
  const part = size ? percent(sent / size, 0) : "";
  const said = state === "sending" ? part : state === "failed" ? problem : bytes(size);
  const item = el("li", { class: `import-row import-${state}` }, shape, name);
  item.append(el("span", { class: "import-said" }, said));
  return item;
}
