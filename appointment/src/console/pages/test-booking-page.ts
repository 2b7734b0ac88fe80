import { randomUUID } from 'node:crypto';
import { type Html, html } from '@appointments/chassis';
import type { TestDesk } from '../test-bookings.ts';
import { page } from './page.ts';
import { capitalize } from './plain-words.ts';

/** What was chosen and typed. */
export interface TestBookingFields {
  name?: string;
  doctor?: string;
  date?: string;
  card?: string;
}

export interface TestBookingPageData {
  desk: TestDesk;
  fields: TestBookingFields;
  /** What is wrong with a field. */
  errors: { [Name in keyof TestBookingFields]?: string };
  csrf: string;
}

/** Ties a field to what is wrong with it. */
const faultOf = (name: string, error: string | undefined) => ({
  attributes: error !== undefined && html` aria-invalid="true" aria-describedby="${name}-fault"`,
  text: error !== undefined && html`<p id="${name}-fault" class="refused">It ${error}.</p>`,
});

const grouped = (number: string): string => number.replace(/(\d{4})(?=\d)/g, '$1 ');

function nameField({ fields, errors }: TestBookingPageData): Html {
  const fault = faultOf('name', errors.name);
  // What is refused may be a card number, and is not shown again.
  const value = errors.name === undefined ? (fields.name ?? '') : '';
  return html`<label for="name">Patient</label>
<input id="name" name="name" value="${value}" maxlength="100" required dir="auto" autocomplete="off"${fault.attributes}>${fault.text}`;
}

function doctorField({ desk, fields, errors }: TestBookingPageData): Html {
  const fault = faultOf('doctor', errors.doctor);
  const option = (name: string) => html`<option${name === fields.doctor && html` selected`}>${name}</option>`;
  return html`<label for="doctor">Doctor</label>
<select id="doctor" name="doctor" required${fault.attributes}>${desk.doctors.map(option)}</select>${fault.text}`;
}

function dayField({ fields, errors }: TestBookingPageData): Html {
  const fault = faultOf('date', errors.date);
  const value = errors.date === undefined ? (fields.date ?? '') : '';
  return html`<label for="date">Day</label>
<input id="date" name="date" type="date" value="${value}" required${fault.attributes}>${fault.text}`;
}

function cardField({ desk, fields, errors }: TestBookingPageData): Html {
  const fault = faultOf('card', errors.card);
  const chosen = fields.card ?? desk.cards[0]?.number;
  const choices = desk.cards.map(
    ({ number, outcome }, index) =>
      html`<li><input type="radio" id="card-${index}" name="card" value="${number}" required${number === chosen && html` checked`}${fault.attributes}><label for="card-${index}">${capitalize(outcome)} <span class="number soft">${grouped(number)}</span></label></li>`,
  );
  return html`<fieldset><legend>Card</legend><ul class="cards">${choices}</ul>${fault.text}</fieldset>`;
}

/** The page on which an operator makes a test booking. */
export function testBookingPage(data: TestBookingPageData): Html {
  const hasFaults = Object.keys(data.errors).length > 0;
  const main = html`<div class="crumbs"><nav aria-label="Back"><a href="/console">← All bookings</a></nav></div>
<div class="test-booking"><h1>Send a test booking</h1>
<p class="lead">It is booked as a client's would be: a slot is reserved, and the sandbox is asked for the fee, where no money moves. Its page shows what
happens. Cancel it there to give the slot back.</p>
${hasFaults && html`<p class="refused" role="alert">Nothing was booked: something does not fit.</p>`}
<form method="post" action="/console/test-booking" class="stack">
<input type="hidden" name="csrf" value="${data.csrf}"><input type="hidden" name="key" value="${randomUUID()}">
${nameField(data)}
${doctorField(data)}
${dayField(data)}
${cardField(data)}
<button class="primary">Send the booking</button>
</form></div>`;
  return page({ title: hasFaults ? 'Not booked' : 'Send a test booking', main, csrf: data.csrf });
}
