/** Which of a generator's sample sheets is looked at: the newest, until somebody picks one. */

export interface Sheet {
  step: number;
  url: string;
}

export class SheetsOverTime {
  private picked: number | undefined;

  constructor(private sheets: readonly Sheet[]) {}

  /** The sheets as the server has them now; what was picked stays picked. */
  renew(sheets: readonly Sheet[]): void {
    this.sheets = sheets;
  }

  /** Picks the sheet at a place in time; the last place follows what is drawn next. */
  pick(index: number): void {
    this.picked = index >= this.sheets.length - 1 ? undefined : this.sheets[index]?.step;
  }

  /** The place of the sheet that is looked at; -1 where there is none. */
  get index(): number {
    const found = this.sheets.findIndex(({ step }) => step === this.picked);
    return found < 0 ? this.sheets.length - 1 : found;
  }

  get sheet(): Sheet | undefined {
    return this.sheets[this.index];
  }

  /** What the slider stands at: "after step 250", with the newest named so. */
  get words(): string {
    if (!this.sheet) return "";
    const isNewest = this.index === this.sheets.length - 1;
    return `after step ${this.sheet.step}${isNewest ? ", the newest" : ""}`;
  }
}
