// The dialog of a deed: its fields, the rehearsal, what came of it.

import { expect, type Locator } from '@playwright/test';
import type { Desk } from '../fixtures/desk.ts';

export class DeedDialog {
  readonly root: Locator;

  constructor(
    private readonly desk: Desk,
    title: string,
  ) {
    this.root = desk.page.getByRole('dialog', { name: title });
  }

  async opened(): Promise<this> {
    await expect(this.root).toBeVisible();
    await expect.poll(() => this.root.evaluate((dialog) => dialog.matches(':modal')), 'the dialog is modal').toBe(true);
    await this.desk.watch.audit();
    return this;
  }

  field(label: string | RegExp): Locator {
    return this.root.getByLabel(label);
  }

  button(name: string): Locator {
    return this.root.getByRole('button', { name, exact: true });
  }

  changes(): Locator {
    return this.root.getByRole('table');
  }

  async rehearse() {
    await this.button('Rehearse').click();
    await expect(this.root).toContainText('Rehearsed. Nothing was changed.');
    await this.desk.watch.audit(' rehearsed');
  }

  async leave() {
    await this.button('Keep as it is').click();
    await expect(this.root).toBeHidden();
  }

  /** Does it, and closes the dialog. */
  async run(verb: string) {
    await this.button(verb).click();
    await expect(this.root).toContainText('Done.');
    await this.desk.watch.audit(' done');
    await this.root.getByRole('button', { name: 'Close' }).last().click();
    await expect(this.root).toBeHidden();
  }
}
