/** The reference that the examples pay under. */
export const REFERENCE = 'booking-42';

/** The response to a payment that settles. */
export const SETTLEMENT = { payment_status: 'settled', payment_id: '7f3f0f6e-52a5-4b8e-9f57-3f1d9a3f0c11' };

/** The response to a payment that its cardholder has to confirm. */
export const REQUIRED_ACTION = {
  payment_status: 'requires_action',
  payment_id: SETTLEMENT.payment_id,
  next_action: { type: 'redirect', url: `http://127.0.0.1:8082/payment/challenges/${SETTLEMENT.payment_id}` },
};

export const PAYMENT = { reference: REFERENCE, ...SETTLEMENT, amount: '1000.00', card: '•••• 4567' };

/** Requests that are sent in the tests, and the status of their responses there. */
export const paymentExamples = {
  guide: {
    summary: 'A card that settles',
    value: { name: 'Thomas Colins', cardNum: '1234567', amount: '1000.00' },
    headers: { 'Idempotency-Key': REFERENCE },
    status: 200,
  },
  declined: {
    summary: 'A card without funds',
    value: { name: 'Thomas Colins', cardNum: '4000 0000 0000 9995', amount: '1000.00' },
    status: 402,
  },
  token: {
    summary: "What a provider's form gave the client for the card",
    value: { name: 'Thomas Colins', paymentToken: 'tok_visa', amount: '1000.00' },
    status: 200,
  },
  requiresAction: {
    summary: 'A card whose holder has to confirm',
    value: { name: 'Thomas Colins', cardNum: '4000 0027 6000 3184', amount: '1000.00' },
    status: 202,
  },
  processingError: {
    summary: 'A card that the gateway cannot process',
    value: { name: 'Thomas Colins', cardNum: '4000-0000-0000-0119', amount: '12.5' },
    status: 402,
  },
};
