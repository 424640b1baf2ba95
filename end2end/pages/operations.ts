// Deeds over many commands: the dialog that starts one, the list, and the page of one.

import { expect, type Locator } from '@playwright/test';
import { DeedDialog } from './deed-dialog.ts';
import { Frame } from './frame.ts';
import { Troubleshooting } from './troubleshooting.ts';

export const BULK = 'Retry all that fit';
export const PAUSE = 'Pause the operation';
export const RESUME = 'Let the operation go on';
export const GIVE_UP = 'Cancel the operation';

export class Queue extends Troubleshooting {
  allThatFit(): Locator {
    return this.page.getByRole('button', { name: /^Retry all that fit…/ });
  }

  /** A dialog that is opening. */
  opened(title: string): Promise<DeedDialog> {
    return new DeedDialog(this.desk, title).opened();
  }

  async askForAll(): Promise<DeedDialog> {
    await this.allThatFit().click();
    return new DeedDialog(this.desk, BULK).opened();
  }
}

export class Operation extends Frame {
  /** A button of its head. */
  button(name: string): Locator {
    return this.page.getByRole('button', { name: new RegExp(`^${name}…`) });
  }

  async ask(button: string, title: string): Promise<DeedDialog> {
    await this.button(button).click();
    return new DeedDialog(this.desk, title).opened();
  }

  /** How it stands, in a word. */
  async stands(word: string, timeout = 10_000) {
    await expect(this.page.getByRole('main').locator('.head').getByText(word, { exact: true })).toBeVisible({ timeout });
  }

  /** How many of its commands stand like this. */
  async many(word: string): Promise<number> {
    const place = this.page.getByRole('main').locator('.standing').getByRole('link', { name: new RegExp(`^${word}`) });
    return Number((await place.locator('b').innerText()).replaceAll(',', ''));
  }

  stages(): Locator {
    return this.page.getByRole('list', { name: 'Stages' }).getByRole('listitem');
  }

  /** The rows of its commands; the first row of the table is its heads. */
  items(outcome?: string): Locator {
    const rows = this.page.getByRole('table', { name: /Commands of this operation/ }).locator('tbody').getByRole('row');
    return outcome ? rows.filter({ hasText: outcome }) : rows;
  }
}
