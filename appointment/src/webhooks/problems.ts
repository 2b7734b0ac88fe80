import { defineProblem } from '@appointments/chassis';

export const deliveryNotFound = defineProblem({
  status: 404,
  code: 'delivery_not_found',
  detail: 'The booking has no webhook delivery with that id. Ended ones are kept for 30 days.',
});
