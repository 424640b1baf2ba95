// The list of commands that wait for a person, and the page of one command.

import { expect, type Locator } from '@playwright/test';
import { DeedDialog } from './deed-dialog.ts';
import { Frame } from './frame.ts';

export const EXPORT = 'Export the list';
export const SAVE_VIEW = 'Save the view';
export const FORGET_VIEW = 'Forget the view';
export const RETRY = 'Retry the command';
export const CANCEL = 'Cancel the command';
export const EDIT = 'Edit and retry the command';
export const REVEAL = 'Reveal what is masked';
export const COMPLETE = 'Complete the command by hand';

export class Troubleshooting extends Frame {
  async visit(query = '') {
    await this.open(`/troubleshooting${query}`, 'Troubleshooting');
  }

  row(command: string): Locator {
    return this.page.getByRole('row').filter({ has: this.page.getByTitle(command) });
  }

  /** The line one types conditions into. */
  line(): Locator {
    return this.page.getByRole('combobox', { name: 'Find by words and text' });
  }

  /** Types a line and goes. */
  async find(line: string) {
    await this.line().fill(line);
    await this.page.keyboard.press('Escape');
    await this.page.keyboard.press('Enter');
  }

  /** The commands that are listed, from their links. */
  rows(): Locator {
    return this.page.getByRole('table', { name: /Commands that wait/ }).getByRole('row').filter({ has: this.page.getByRole('checkbox') });
  }

  picked(): Locator {
    return this.page.getByRole('group', { name: 'What can be done to those picked' });
  }

  filter(label: string): Locator {
    return this.page.getByRole('form', { name: 'Filters' }).getByLabel(label);
  }

  /** Puts the cursor on a row and presses one of the buttons below the list. */
  async ask(command: string, button: string, title: string): Promise<DeedDialog> {
    await this.row(command).getByRole('cell').nth(3).click();
    await this.page.getByRole('group', { name: 'What can be done to this command' }).getByRole('button', { name: new RegExp(`^${button}…`) }).click();
    return new DeedDialog(this.desk, title).opened();
  }
}

export class Command extends Frame {
  async visit(command: string, type: string) {
    await this.open(`/troubleshooting/${command}`, type);
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name: new RegExp(`^${name}…`) });
  }

  async ask(button: string, title: string): Promise<DeedDialog> {
    await this.button(button).click();
    return new DeedDialog(this.desk, title).opened();
  }

  /** The dialog that edits, once the payload is there. */
  async editing(): Promise<DeedDialog> {
    const dialog = new DeedDialog(this.desk, EDIT);
    await expect(dialog.root.getByRole('heading', { name: 'Before and after' })).toBeVisible();
    return dialog.opened();
  }

  payload(): Locator {
    return this.page.getByRole('region', { name: 'Payload', exact: true });
  }

  /** Waits until the command waits for a person; some take several attempts first. */
  async waits(timeout = 40_000) {
    await expect(this.page.getByText(/In the troubleshooting queue for/)).toBeVisible({ timeout });
  }
}
