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
