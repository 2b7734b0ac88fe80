import type { RawRequest } from '@appointments/chassis/testing';
import fc, { type Arbitrary } from 'fast-check';
import { fillPath, type JsonSchema, type Operation, type Parameter } from './api-model.ts';
import { oddHeader, oddHeaders, oddMethod, oddPath, oddQuery, oddSegment } from './odd-requests.ts';
import { oddBody, oddText, oddValue } from './odd-values.ts';

/** Values that a schema allows. */
export function fitting(documented: JsonSchema): Arbitrary<unknown> {
  const { anyOf, oneOf, enum: values, type, pattern, format, ...schema } = documented;
  if (anyOf) return fc.oneof(...anyOf.map(fitting));
  if (oneOf) return fc.oneof(...variantsOf(documented).map(fitting));
  if (values) return fc.constantFrom(...values);
  switch (type) {
    case 'object':
      return fc.record(mapValues(schema.properties ?? {}, fitting), { requiredKeys: schema.required ?? [] });
    case 'array':
      return fc.array(fitting(schema.items ?? {}), { maxLength: 5 });
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1_000, max: schema.maximum ?? 1_000_000 });
    case 'boolean':
      return fc.boolean();
    default:
      return format === 'uuid' ? fc.uuid() : textFitting(pattern);
  }
}

/** The same schema once for each variant, with the members that it asks for and without those of the others. */
function variantsOf({ oneOf = [], properties = {}, required = [], ...schema }: JsonSchema): JsonSchema[] {
  return oneOf.map((variant) => {
    const others = new Set(oneOf.flatMap((other) => (other === variant ? [] : other.required)));
    const kept = Object.entries(properties).filter(([name]) => !others.has(name));
    return { ...schema, properties: Object.fromEntries(kept), required: [...required, ...variant.required] };
  });
}

// What a text must not be, ahead of what it may be; text cannot be made out of such a pattern.
const REFUSED_FIRST = /^\^\(\?!.*?\$\)/;

function textFitting(pattern: string | undefined): Arbitrary<string> {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
  if (!pattern) return text;
  const allowed = new RegExp(pattern, 'u');
  return fc.stringMatching(new RegExp(pattern.replace(REFUSED_FIRST, '^'), 'u')).filter((made) => allowed.test(made));
}

const mapValues = <In, Out>(from: Record<string, In>, map: (value: In) => Out): Record<string, Out> =>
  Object.fromEntries(Object.entries(from).map(([name, value]) => [name, map(value)]));

/** A valid body, mostly made of examples so that some requests succeed; or an invalid one. */
function bodies({ requestBody }: Operation): Arbitrary<string | Buffer | undefined> {
  const media = requestBody?.content['application/json'];
  if (!media) return fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, oddBody);
  const examples = fc.constantFrom(...Object.values(media.examples).map(({ value }) => value as object));
  const mixed = fc.tuple(examples, fitting(media.schema), fc.nat(7)).map(([example, made, choice]) => {
    const kept = Object.entries(made as object).filter((_, index) => (choice >> index) % 2 === 1);
    return { ...example, ...Object.fromEntries(kept) };
  });
  const fits = fc.oneof(examples, mixed);
  const names = Object.keys(media.schema.properties ?? {});
  const spoilt = fc
    .tuple(fits, fc.constantFrom(...names), oddValue)
    .map(([body, name, odd]) => ({ ...body, [name]: odd }));
  const lacking = fc.tuple(fits, fc.constantFrom(...names)).map(([body, name]) => ({ ...body, [name]: undefined }));
  const asText = (body: Arbitrary<object>) => body.map((value) => JSON.stringify(value));
  return fc.oneof(
    { weight: 4, arbitrary: asText(fits) },
    { weight: 4, arbitrary: asText(spoilt) },
    { weight: 1, arbitrary: asText(lacking) },
    { weight: 2, arbitrary: oddBody },
  );
}

const parametersIn = ({ parameters }: Operation, location: Parameter['in']) =>
  parameters.filter((each) => each.in === location);

function exampleOr(parameter: Parameter, odd: Arbitrary<string>): Arbitrary<string> {
  const example = parameter.example === undefined ? [] : [fc.constant(String(parameter.example))];
  return fc.oneof(...example, fitting(parameter.schema).map(String), odd);
}

const encode = (text: string) => encodeURIComponent(text.toWellFormed());

function paths(operation: Operation): Arbitrary<string> {
  const segments = parametersIn(operation, 'path').map((parameter) => [
    parameter.name,
    fc.oneof(exampleOr(parameter, fc.string({ unit: 'binary' })).map(encode), oddSegment),
  ]);
  return fc.record(Object.fromEntries(segments)).map((values: Record<string, string>) => {
    return fillPath(operation.path, (name) => values[name] ?? '');
  });
}

function queries(operation: Operation): Arbitrary<string> {
  const known = parametersIn(operation, 'query').map((parameter) => {
    const value = exampleOr(parameter, fc.oneof(fc.string({ unit: 'binary' }), oddText));
    return fc.option(
      value.map((text) => `${parameter.name}=${encode(text)}`),
      { nil: '', freq: 2 },
    );
  });
  const pairs = fc.tuple(...known, fc.oneof({ weight: 3, arbitrary: fc.constant('') }, oddQuery));
  return pairs.map((parts) => parts.filter(Boolean).join('&'));
}

function headers(operation: Operation, authorized: Record<string, string>): Arbitrary<Record<string, string>> {
  const known = parametersIn(operation, 'header').map((parameter) => [
    parameter.name.toLowerCase(),
    fc.oneof(
      fc.constantFrom('k1', 'respond-async'),
      fc.uuid(),
      textFitting(parameter.schema.pattern ?? '^[!-~]{1,80}$'),
      oddHeader,
    ),
  ]);
  const json = operation.requestBody ? { 'content-type': 'application/json' } : {};
  return fc
    .tuple(
      fc.record(Object.fromEntries(known), { requiredKeys: [] }),
      fc.oneof({ weight: 8, arbitrary: fc.constant({}) }, oddHeaders),
      fc.oneof(
        { weight: 20, arbitrary: fc.constant(authorized) },
        fc.constant({}),
        oddHeader.map((authorization) => ({ authorization })),
      ),
    )
    .map(([own, odd, token]) => ({ ...json, ...own, ...odd, ...token }) as Record<string, string>);
}

/** Requests to one operation: many that fit, many that do not, some with an undeclared method or path. */
export function fuzzRequests(operation: Operation, authorized: Record<string, string>): Arbitrary<RawRequest> {
  return fc
    .record({
      method: fc.oneof({ weight: 14, arbitrary: fc.constant(operation.method) }, oddMethod),
      path: fc.oneof({ weight: 25, arbitrary: paths(operation) }, oddPath),
      query: queries(operation),
      headers: headers(operation, authorized),
      body: bodies(operation),
    })
    .map(({ query, path, ...request }) => ({ ...request, path: query ? `${path}?${query}` : path }));
}
