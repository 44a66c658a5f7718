import { describe, expect, it, jest } from '@jest/globals';
import { Body, Bottle, Cookie, Form, FormsDict, Get, Header, HeaderDict, Inject, Param, Post, Query, Upload } from 'bottlenose';
import { IsInt } from 'class-validator';
import { appOf, ask, json } from '../fixtures/ask.js';
import { codesOf, errorOf, problemsOf } from '../fixtures/wiring.js';

class Line {
  @IsInt() count!: number;
}
class BigLine extends Line {}
interface Shape {
  count: number;
}
const positive = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: (value: unknown) => (Number(value) > 0 ? { value: Number(value) } : { issues: [{ message: 'is not positive' }] }),
  },
};

const problemOf = (target: object, method: string) => {
  const problem = problemsOf(target).find((one) => one.method?.endsWith(`.${method}`));
  return { code: problem?.code, message: problem?.message, cure: problem?.cure };
};

describe('a type that the compiler erases', () => {
  class Erased {
    @Post('/list') list(@Body() lines: Line[]) {
      return lines;
    }
    @Post('/union') union(@Body() line: Line | null) {
      return line;
    }
    @Post('/partial') partial(@Body() line: Partial<Line>) {
      return line;
    }
    @Post('/shape') shape(@Form() line: Shape) {
      return line;
    }
    @Get('/filter') filter(@Query() filter: Record<string, string>) {
      return filter;
    }
    @Get('/scalar') scalar(@Query('n') n: number | null) {
      return n;
    }
    @Get('/header') header(@Header('x-n') n: number | string) {
      return n;
    }
    @Get('/cookie') cookie(@Cookie('n') n: unknown) {
      return n;
    }
    @Post('/member') member(@Body('line') line: Shape) {
      return line;
    }
    @Post('/array') array(@Body(Array) lines: Line[]) {
      return lines;
    }
    @Post('/map') map(@Body() lines: Map<string, Line>) {
      return lines;
    }
    @Post('/set') set(@Body(Set) lines: Set<Line>) {
      return lines;
    }
  }

  it('is an error of the plain check, for whole objects, single values and lists', () => {
    const problems = problemsOf(Erased);
    expect(problems.map(({ method }) => method)).toEqual(
      Object.getOwnPropertyNames(Erased.prototype)
        .slice(1)
        .map((name) => `Erased.${name}`),
    );
    expect(new Set(codesOf(problems))).toEqual(new Set(['BN_UNCHECKED']));
  });

  it.each([
    ['list', /^name its class or schema, @Body\(\[TheClass\]\); @Body\(\[Object\]\) accepts any value/],
    ['union', /@Body\(TheClass\), or @Body\(\[TheClass\]\) for a list; @Body\(Object\)/],
    ['filter', /@Query\(TheClass\); @Query\(Object\) accepts any value; for a single value, write @Query\('filter', Number\)/],
    ['scalar', /^name its type: @Query\('n', Number\), @Query\('n', String\)/],
    ['header', /@Header\('x-n', Number\)/],
  ])('is told with the way to name it: %s', (method, cure) => {
    expect(problemOf(Erased, method).cure).toMatch(cure);
  });

  it('is a list of texts where it is emitted as a list, with a warning that says how to name the type of its elements', async () => {
    class Lists {
      @Get('/declared') declared(@Query('n') n: number[]) {
        return n;
      }
      @Get('/default') byDefault(@Query('m') m: string[] = []) {
        return m;
      }
      @Get('/stated') stated(@Query('o', Array) o: string[]) {
        return o;
      }
    }
    const warnings: string[] = [];
    const emit = jest.spyOn(process, 'emitWarning').mockImplementation((text) => void warnings.push(String(text)));
    const app = appOf(Lists);
    app.check();
    for (const path of ['/declared?n=1&n=x', '/default?m=1&m=x', '/stated?o=1&o=x']) {
      expect((await ask(app, path)).json).toEqual(['1', 'x']);
    }
    emit.mockRestore();
    expect(warnings).toEqual([
      expect.stringMatching(/'n'.*@Query\('n', \[String\]\), or @Query\('n', \[Number\]\)/),
      expect.stringMatching(/'m'.*@Query\('m', \[String\]\)/),
    ]);
  });

  it('is not needed for a signed cookie, which only this server can have made', () => {
    class Signed {
      @Get('/signed') signed(@Cookie('n', { secret: 'key' }) n: Shape) {
        return n;
      }
    }
    expect(() => appOf(Signed).check()).not.toThrow();
  });

  it('keeps every request from the methods', async () => {
    await expect(ask(appOf(Erased), '/list', json([{ count: 'x' }]))).rejects.toThrow('BN_UNCHECKED');
  });
});

describe('a type named at the decorator', () => {
  class Named {
    @Post('/list') list(@Body([Line]) lines: Line[]) {
      return lines.map((line) => line instanceof Line);
    }
    @Post('/nullable') nullable(@Body(Line, { nullable: true }) line: Line | null) {
      return { line: line instanceof Line || line };
    }
    @Post('/lists') nullableList(@Body([Line], { nullable: true }) lines: Line[] | null) {
      return { lines };
    }
    @Post('/member') member(@Body('n', Number, { nullable: true, required: true }) n: number | null) {
      return { n };
    }
    @Post('/any') any(@Body(Object) value: unknown) {
      return { value };
    }
    @Get('/scalars') scalars(
      @Query('a', Number) a: number | null,
      @Query('b', { type: String }) b: unknown,
      @Query('c') c = true,
    ) {
      return [a, b, c];
    }
    @Get('/bare') bare(@Query([Number]) n: number[], @Header(Number) xN: unknown) {
      return [n, xN];
    }
    @Get('/fallback') fallback(@Query('n', Number) n: number | 'all' = 'all') {
      return [n];
    }
    @Get('/dicts') dicts(@Query() query: FormsDict, @Header(HeaderDict) headers: unknown) {
      return [query.a, headers instanceof HeaderDict];
    }
    @Get('/<word>/<n:int>') wildcards(@Param('n') a: unknown, word: unknown) {
      return [a, word];
    }
    @Post('/sub') subclass(@Body(BigLine) line: Line) {
      return line instanceof BigLine;
    }
    @Post('/schemas') schemas(@Body([positive]) n: number[]) {
      return n;
    }
  }
  const app = appOf(Named);
  const answer = async (path: string, init?: RequestInit) => {
    const { status, json } = await ask(app, path, init);
    return status === 200 ? json : status;
  };

  it('stands in for what the compiler cannot say', async () => {
    app.check();
    expect(await answer('/list', json([{ count: 1 }]))).toEqual([true]);
    expect(await answer('/list', json([{ count: 'x' }]))).toBe(422);
    expect(await answer('/any', json(['x']))).toEqual({ value: ['x'] });
    expect(await answer('/scalars?a=5&b=5&c=no')).toEqual([5, '5', false]);
    expect(await answer('/scalars?a=x')).toBe(422);
    expect(await answer('/bare?n=1&n=2', { headers: { 'x-n': '3' } })).toEqual([[1, 2], 3]);
    expect(await answer('/fallback')).toEqual(['all']);
    expect(await answer('/dicts?a=b')).toEqual(['b', true]);
    expect(await answer('/a/5')).toEqual([5, 'a']);
    expect(await answer('/sub', json({ count: 1 }))).toBe(true);
    expect(await answer('/schemas', json([1, 2]))).toEqual([1, 2]);
    expect(await answer('/schemas', json([1, -2]))).toBe(422);
  });

  it('takes null with { nullable: true }, and nothing else that is wrong', async () => {
    expect(await answer('/nullable', json(null))).toEqual({ line: null });
    expect(await answer('/nullable', json({ count: 1 }))).toEqual({ line: true });
    expect(await answer('/nullable', json({ count: null }))).toBe(422);
    expect(await answer('/lists', json(null))).toEqual({ lines: null });
    expect(await answer('/lists', json([null]))).toBe(422);
    expect(await answer('/member', json({ n: null }))).toEqual({ n: null });
    expect(await answer('/member', json({}))).toBe(422);
  });

  class Contradicting {
    @Get('/number') number(@Query('n', Number) n: string) {
      return n;
    }
    @Get('/option') option(@Header('n', { type: Boolean }) n: number) {
      return n;
    }
    @Post('/class') class(@Body(Line) lines: Line[]) {
      return lines;
    }
    @Post('/one') one(@Body([Line]) line: Line) {
      return line;
    }
    @Post('/any') any(@Body(Object) line: Line) {
      return line;
    }
    @Post('/parent') parent(@Body(Line) line: BigLine) {
      return line;
    }
    @Get('/wildcard/<n:int>') wildcard(@Param('n', Number) n: string) {
      return n;
    }
    @Get('/inject') inject(@Inject(Bottle) line: Line) {
      return line;
    }
    @Post('/upload') upload(@Upload('a', [Object]) file: Line) {
      return file;
    }
    @Get('/cookie') cookie(@Cookie(Number) n: Date) {
      return n;
    }
  }

  it('must not contradict the declared one', () => {
    const problems = problemsOf(Contradicting);
    expect(problems.map(({ method }) => method)).toEqual(
      Object.getOwnPropertyNames(Contradicting.prototype)
        .slice(1)
        .map((name) => `Contradicting.${name}`),
    );
    expect(new Set(codesOf(problems))).toEqual(new Set(['BN_PARAMETER_TYPE']));
    expect(problemOf(Contradicting, 'number')).toMatchObject({
      message: "Parameter 'n' is declared as string, but @Query names the type number.",
      cure: 'declare it as a number, or name the declared type at the decorator.',
    });
    expect(problemOf(Contradicting, 'class').cure).toMatch(/^for a list, write \[Line\]/);
  });

  it.each([
    ['a list of lists', [[Line]], /list of lists/],
    ['a list of arrays', [Array], /list of lists/],
    ['an empty list', [], /is not a type/],
    ['two types', [Line, BigLine], /is not a type/],
    ['names', ['line'], /is not a type/],
    ['a plain object', { count: Number }, /is not a type/],
  ])('must be one class or schema, or one in a list: %s', (_what, type, message) => {
    class Wrong {
      @Post() post(@Body({ type: type as never }) value: unknown) {
        return value;
      }
    }
    const [problem] = errorOf(appOf(Wrong)).problems;
    expect(problem).toMatchObject({ code: 'BN_PARAMETER_TYPE', message: expect.stringMatching(message) });
  });
});
