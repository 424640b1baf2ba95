// The page of one run of a pipeline.

import { expect, type Locator } from '@playwright/test';
import { DeedDialog } from './deed-dialog.ts';
import { Frame } from './frame.ts';

export class Job extends Frame {
  step(name: string): Locator {
    return this.page.getByRole('listitem').filter({ has: this.page.getByRole('link', { name: new RegExp(`^${name} ?,`) }) });
  }

  stepLink(name: string, word: string): Locator {
    return this.page.getByRole('link', { name: new RegExp(`^${name} ?, ${word}$`) });
  }

  attempt(number: number): Locator {
    return this.page.getByRole('link', { name: new RegExp(`^Attempt ${number},`) });
  }

  log(step: string): Locator {
    return this.page.getByRole('region', { name: `Log of ${step}` });
  }

  /** The one line for all that did not run because of the root cause. */
  fold(): Locator {
    return this.page.getByRole('link', { name: /^\d[\d,]* steps did not run because of this$/ });
  }

  /** The list of a long run. */
  long(): Locator {
    return this.page.locator('.tree-scroll');
  }

  findField(): Locator {
    return this.page.getByRole('searchbox', { name: 'Find a step' });
  }

  comparedWith(number: number): Locator {
    return this.page.getByRole('link', { name: new RegExp(`^Compare with attempt ${number},`) });
  }

  /** The row of a comparison. */
  compared(what: string): Locator {
    return this.page.getByRole('row').filter({ has: this.page.getByRole('rowheader', { name: what, exact: true }) });
  }

  killButton(): Locator {
    return this.page.getByRole('button', { name: /^Kill…/ });
  }

  async kill(): Promise<DeedDialog> {
    await this.killButton().click();
    return new DeedDialog(this.desk, 'Kill the running step').opened();
  }

  reprocessButton(): Locator {
    return this.page.getByRole('button', { name: /^Reprocess…/ });
  }

  plan(): Locator {
    return this.page.getByRole('img', { name: /\d+ rooms, \d+ unsure/ });
  }

  async reprocess(): Promise<DeedDialog> {
    await this.reprocessButton().click();
    return new DeedDialog(this.desk, 'Reprocess from a step').opened();
  }

  /** How the run stands, as its head says. */
  async stands(words: string | RegExp, timeout = 10_000) {
    await expect(this.page.getByRole('main').getByText(words).first()).toBeVisible({ timeout });
  }
}
