import { describe, expect, it } from '@jest/globals';
import { Body, FileUpload, Form, Get, Header, Param, Post, Query } from 'bottlenose';
import { Type } from 'class-transformer';
import {
  ArrayMinSize,
  IsArray,
  IsEnum,
  IsIn,
  IsInstance,
  IsInt,
  IsOptional,
  IsString,
  Length,
  ValidateNested,
} from 'class-validator';
import { appOf, ask, json } from '../fixtures/ask.js';

enum Level {
  Low,
  High,
}
enum Color {
  Red = 'red',
}

class Album {
  @Length(1, 20) title!: string;
  @IsOptional() @IsInt() year?: number;
  @IsInstance(FileUpload) cover!: FileUpload;
  @IsOptional() @IsArray() @IsInstance(FileUpload, { each: true }) photos?: FileUpload[];
}
class Loose {
  @IsOptional() file?: FileUpload;
  @IsOptional() text?: string;
}

describe('uploads in a class', () => {
  class Albums {
    @Post('/body') body(@Body() album: Album) {
      return shown(album);
    }
    @Post('/form') form(@Form() album: Album) {
      return shown(album);
    }
    @Post('/loose') loose(@Body() loose: Loose) {
      return [loose.file?.filename ?? null, loose.text ?? null];
    }
    @Post('/one') one(@Form('title') title: string) {
      return [title];
    }
  }
  const shown = ({ title, year, cover, photos }: Album) => [
    title,
    year ?? null,
    cover.filename,
    photos?.map((one) => one.filename),
  ];
  const app = appOf(Albums);
  const file = (name: string) => new File(['bytes'], name);
  const send = (path: string, fields: [string, string | File][]) => {
    const body = new FormData();
    for (const [name, value] of fields) body.append(name, value as string);
    return ask(app, path, { method: 'POST', body });
  };

  it.each(['/body', '/form'])('come with the fields of the form (%s)', async (path) => {
    const fields: [string, string | File][] = [
      ['title', 'a'],
      ['year', '1999'],
      ['cover', file('c.png')],
      ['photos', file('p.png')],
    ];
    expect((await send(path, fields)).json).toEqual(['a', 1999, 'c.png', ['p.png']]);
    const two = await send(path, [...fields, ['photos', file('q.png')]]);
    expect(two.json).toEqual(['a', 1999, 'c.png', ['p.png', 'q.png']]);
  });

  it('are refused where a text is declared, and texts where a file is declared', async () => {
    const errors = (
      await send('/body', [
        ['title', ''],
        ['cover', 'text'],
        ['photos', file('p')],
        ['photos', 'x'],
      ])
    ).json.errors;
    expect(
      errors.map((error: { in: string; path: string; constraint: string }) => `${error.in} ${error.path} ${error.constraint}`),
    ).toEqual(['body /title isLength', 'body /cover isInstance', 'body /photos/0 isInstance']);
    expect(
      (
        await send('/loose', [
          ['file', file('f')],
          ['text', 't'],
        ])
      ).json,
    ).toEqual(['f', 't']);
    expect(
      (
        await send('/loose', [
          ['file', 'text'],
          ['text', file('f')],
        ])
      ).json.errors,
    ).toMatchObject([
      { in: 'body', path: '/file', constraint: 'isInstance', message: 'file must be an instance of FileUpload' },
      { in: 'body', path: '/text', constraint: 'isString', message: 'text must be a string' },
    ]);
  });

  it('leave single fields of a multipart form readable', async () => {
    expect(
      (
        await send('/one', [
          ['title', 'a'],
          ['cover', file('c')],
        ])
      ).json,
    ).toEqual(['a']);
  });
});

describe('enumerations', () => {
  class Filter {
    @IsOptional() @IsEnum(Level) level?: Level;
    @IsOptional() @IsEnum(Color, { each: true }) colors?: Color[];
    @IsOptional() @IsIn([10, 20]) size?: number;
  }
  class Bare {
    level: unknown;
    size: unknown;
  }
  IsEnum(Level)(Bare.prototype, 'level');
  IsIn([10, 20])(Bare.prototype, 'size');
  class Filters {
    @Get('/') get(@Query() filter: Filter) {
      return filter;
    }
    @Get('/bare') bare(@Query(Bare) bare: Bare) {
      return bare;
    }
  }
  const app = appOf(Filters);

  it('are read from texts, numbers as numbers, with or without emitted types', async () => {
    expect((await ask(app, '/?level=1&colors=red&size=10')).json).toEqual({ level: 1, colors: ['red'], size: 10 });
    expect((await ask(app, '/bare?level=1&size=20')).json).toEqual({ level: 1, size: 20 });
  });

  it('name the wrong element', async () => {
    expect((await ask(app, '/?level=7&colors=red&colors=pink&size=5')).json.errors).toMatchObject([
      { path: '/level', constraint: 'isEnum' },
      { path: '/colors/1', constraint: 'isEnum' },
      { path: '/size', constraint: 'isIn' },
    ]);
    expect((await ask(app, '/?level=High')).json.errors).toMatchObject([{ path: '/level' }]);
  });
});

it('all that is wrong is told at once, of all sources, each with where it is', async () => {
  class Tag {
    @IsString() text!: string;
  }
  class Article {
    @IsString({ each: true }) @ArrayMinSize(1) words!: string[];
    @ValidateNested({ each: true }) @Type(() => Tag) tags!: Tag[];
  }
  class Page {
    @IsInt() page!: number;
  }
  class Articles {
    @Post('/<id>') post(
      @Param('id', { type: Number }) id: number,
      @Query() page: Page,
      @Header('x-count', { required: true }) count: number,
      @Body() article: Article,
    ) {
      return [id, page, count, article];
    }
  }
  const answer = await ask(appOf(Articles), '/x?page=a', json({ words: ['a', 1], tags: [{ text: 'b' }, {}] }));
  expect([answer.status, answer.type]).toEqual([422, 'application/problem+json']);
  expect(answer.json).toMatchObject({ status: 422, title: expect.any(String), detail: expect.any(String) });
  expect(
    answer.json.errors.map((error: { in: string; path: string; constraint: string }) => [error.in, error.path, error.constraint]),
  ).toEqual([
    ['path', '/id', 'isNumber'],
    ['query', '/page', 'isInt'],
    ['header', '/x-count', 'required'],
    ['body', '/words/1', 'isString'],
    ['body', '/tags/1/text', 'isString'],
  ]);
});
