// What surrounds every page: the session bar with its dialogs, the rail, the palette.

import { expect, type Locator } from '@playwright/test';
import type { Customer } from '../fixtures/customers.ts';
import type { Desk } from '../fixtures/desk.ts';
import type { Staff } from '../fixtures/staff.ts';

export class Frame {
  constructor(protected readonly desk: Desk) {}

  get page() {
    return this.desk.page;
  }

  bar(): Locator {
    return this.page.getByRole('banner').filter({ has: this.page.getByRole('link', { name: 'Support console' }) });
  }

  dialog(name: string | RegExp): Locator {
    return this.page.getByRole('dialog', { name });
  }

  /** Waits until the page is there, moves by itself, and is fit to be looked at. */
  async ready(heading: string | RegExp) {
    await expect(this.page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    await this.live();
    await this.desk.watch.audit();
  }

  /** The stream is open: the page has come alive and what happens from now on is shown. */
  async live() {
    await expect(this.page.getByText('Live', { exact: true })).toBeVisible();
  }

  async open(path: string, heading: string | RegExp) {
    await this.page.goto(path);
    await this.ready(heading);
  }

  /** Follows a link of the rail. */
  async go(place: string) {
    await this.page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: place }).click();
    await this.ready(place);
    await expect(this.page).toHaveTitle(`${place} · Support console`);
  }

  async startSession(customer: Customer, ticket: string, reason: string) {
    await this.bar().getByRole('link', { name: /Start a session/ }).click();
    await this.fillSession(customer, ticket, reason);
  }

  /** The dialog, already open. */
  async fillSession(customer: Customer, ticket: string, reason: string) {
    const dialog = this.dialog('Start a support session');
    await expect(dialog).toBeVisible();
    await this.desk.watch.audit();
    await dialog.getByLabel('Customer').selectOption({ label: customer.name });
    await dialog.getByLabel('Ticket').fill(ticket);
    await dialog.getByLabel('Reason').fill(reason);
    await dialog.getByRole('button', { name: 'Start, read only' }).click();
    await expect(this.bar()).toContainText('Read only');
    await expect(this.bar()).toContainText(customer.name);
    await this.live();
  }

  async askToRaise(code: string) {
    await this.bar().getByRole('link', { name: /Raise to write/ }).click();
    await this.sendRaise(code);
  }

  /** The dialog, already open. */
  async sendRaise(code: string) {
    const dialog = this.dialog('Raise to write');
    await expect(dialog).toBeVisible();
    await this.desk.watch.audit();
    // What was asked with the token from before is refused in the moment in which the browser gets the new one.
    this.desk.watch.expect(/status of 401.*\/fn\/me/, 'raising gives the sign-in another token');
    await dialog.getByLabel('Code from your authenticator app').fill(code);
    await dialog.getByRole('button', { name: 'Raise to write' }).click();
  }

  async raise(staff: Staff) {
    await this.askToRaise(await staff.app.fresh());
    await expect(this.bar()).toContainText(/Write · \d+:\d\d left/);
    await this.live();
  }

  async endSession() {
    await this.bar().getByRole('button', { name: /^End/ }).click();
    await expect(this.bar()).toContainText('No support session');
    await this.live();
  }
}
