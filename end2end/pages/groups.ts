// Groups of failures: the list and the page of one.

import { expect, type Locator } from '@playwright/test';
import { DeedDialog } from './deed-dialog.ts';
import { Frame } from './frame.ts';

export const TRIAGE = 'Say where the group stands';
export const NOTE = 'Leave a note on the group';

export class Groups extends Frame {
  async visit(query = '') {
    await this.open(`/troubleshooting/groups${query}`, 'Troubleshooting');
  }

  row(title: string): Locator {
    return this.page.getByRole('table', { name: 'Groups of failures' }).getByRole('row').filter({ has: this.page.getByRole('link', { name: title, exact: true }) });
  }

  /** Puts the cursor on a row and presses one of the buttons below the list. */
  async ask(row: string, button: string, title: string): Promise<DeedDialog> {
    await this.row(row).getByRole('cell').nth(4).click();
    await this.page.getByRole('group', { name: 'What can be done to this group' }).getByRole('button', { name: new RegExp(`^${button}…`) }).click();
    return new DeedDialog(this.desk, title).opened();
  }
}

export class Group extends Frame {
  head(): Locator {
    return this.page.getByRole('main').locator('.head');
  }

  fact(name: string): Locator {
    return this.page.getByRole('main').locator('dt', { hasText: name }).locator('+ dd').first();
  }

  async ask(button: string, title: string): Promise<DeedDialog> {
    await this.head().getByRole('button', { name: new RegExp(`^${button}…`) }).click();
    return new DeedDialog(this.desk, title).opened();
  }
}
