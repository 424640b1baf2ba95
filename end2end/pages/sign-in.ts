// The sign-in page.

import type { Locator } from '@playwright/test';
import type { Desk } from '../fixtures/desk.ts';
import type { Staff } from '../fixtures/staff.ts';

export class SignIn {
  constructor(private readonly desk: Desk) {}

  heading(): Locator {
    return this.desk.page.getByRole('heading', { level: 1, name: 'Sign in' });
  }

  refusal(): Locator {
    return this.desk.page.getByRole('alert');
  }

  /** Fills the form and sends it. */
  async with(email: string, password: string, code: string) {
    const { page } = this.desk;
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByLabel('Code', { exact: true }).fill(code);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  async as(staff: Staff) {
    await this.with(staff.email, staff.password, await staff.app.fresh());
  }
}
