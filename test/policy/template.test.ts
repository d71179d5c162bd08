import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  imageScope,
  parseTemplate,
  renderTemplate,
  templateIsLiteral,
  templateReferences,
} from '../../src/policy/template.ts';
import { TextError } from '../../src/policy/text-error.ts';

const SCOPE = imageScope({ name: ' Debian-12 ', osType: 'Linux', empty: '' });

function render(text: string): string {
  return renderTemplate(parseTemplate(text), SCOPE);
}

function faultOf(text: string): TextError {
  try {
    parseTemplate(text);
  } catch (error) {
    if (error instanceof TextError) return error;
    throw error;
  }
  throw new Error(`"${text}" was accepted`);
}

/** The text again when it parses or is refused in the one way that is allowed. */
function parsedOrFault(text: string): string {
  try {
    return parseTemplate(text).text;
  } catch (error) {
    return error instanceof TextError ? text : String(error);
  }
}

describe('renderTemplate()', () => {
  test.each([
    ['plain', 'plain'],
    ['', ''],
    ['a } b }} c', 'a } b }} c'],
    ['{{image.osType}}', 'Linux'],
    ['os={{ image.osType | lower }}!', 'os=linux!'],
    ['{{ image.osType|upper }}', 'LINUX'],
    ['{{ image.name | trim | truncate(6) }}', 'Debian'],
    ['{{ image.name | trim | replace("-", "_") }}', 'Debian_12'],
    ['{{ image.osType | replace("L", "$&") }}', '$&inux'],
    ['{{ image.osType | replace( "n" , "" ) }}', 'Liux'],
    ['{{ image.missing ?? "none" }}', 'none'],
    ['{{ image.missing ?? "}}" | replace("}", ")") }}', '))'],
    ['{{ image.missing ?? "NONE" | lower }}', 'none'],
    ['{{ image.empty ?? "none" }}', ''],
    ['{{ image.osType }}/{{ image.osType }}', 'Linux/Linux'],
  ])('renderTemplate() fills %j', (text, expected) => {
    expect(render(text)).toBe(expected);
  });

  test('renderTemplate() truncates by characters, so that none is cut in half', () => {
    const template = parseTemplate('{{ image.name | truncate(1) }}');

    expect(renderTemplate(template, { 'image.name': '😀😀' })).toBe('😀');
  });

  test.each(['image.missing', 'image.constructor', 'toString', 'constructor'])(
    'renderTemplate() refuses the unknown %s instead of writing "undefined"',
    (name) => {
      expect(() => render(`{{ ${name} }}`)).toThrow(
        expect.objectContaining({ code: 'TEMPLATE_INVALID' }),
      );
    },
  );

  test('renderTemplate() names the fallback as the remedy', () => {
    expect(() => render('x {{ image.missing }}')).toThrow(
      'Cannot render template "x {{ image.missing }}": "image.missing" is not known here, ' +
        'give a fallback with {{ image.missing ?? "text" }}',
    );
  });

  test('renderTemplate() leaves text without braces as it is', () => {
    const plain = fc.string().filter((text) => !text.includes('{{'));
    fc.assert(
      fc.property(plain, (text) => {
        expect(render(text)).toBe(text);
      }),
    );
  });
});

describe('parseTemplate()', () => {
  test.each([
    ['{{ a', 0],
    ['x {{ a } }', 2],
    ['{{ "a" }}', 2],
    ['{{ }}', 2],
    ['{{ 1a }}', 2],
    ['{{ a b }}', 5],
    ['{{ a ?? b }}', 5],
    ['{{ a | }}', 5],
    ['{{ a | lowre }}', 5],
    ['{{ a | lower() }}', 5],
    ['{{ a | lower | truncate }}', 13],
    ['{{ a | truncate(-1) }}', 5],
    ['{{ a | replace("a") }}', 5],
    ['{{ a | replace("", "b") }}', 5],
    ['{{ a | lower upper }}', 13],
  ])('parseTemplate() refuses %j and says where', (text, offset) => {
    expect(faultOf(text).offset).toBe(offset);
  });

  test('parseTemplate() guesses a misspelt filter', () => {
    expect(faultOf('{{ a | truncat(3) }}').suggestion).toBe('truncate');
    expect(faultOf('{{ a | truncate }}').suggestion).toBeNull();
  });

  test('parseTemplate() either parses or throws TextError, whatever the text', () => {
    const pieces = fc.constantFrom('{{', '}}', '"', '|', '??', 'a', '.', ' ', '(', ')', 'lower');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');

        expect(parsedOrFault(text)).toBe(text);
      }),
    );
  });
});

describe('templateIsLiteral()', () => {
  test('templateIsLiteral() tells text from templates', () => {
    expect(templateIsLiteral(parseTemplate('stable'))).toBe(true);
    expect(templateIsLiteral(parseTemplate('{{ major }}'))).toBe(false);
  });
});

describe('templateReferences()', () => {
  test('templateReferences() lists names with their offsets', () => {
    expect(templateReferences(parseTemplate('v{{ major }}.{{minor}}'))).toEqual([
      { name: 'major', offset: 4 },
      { name: 'minor', offset: 15 },
    ]);
  });
});
