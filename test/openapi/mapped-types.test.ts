import { describe, expect, it } from '@jest/globals';
import {
  Body,
  Bottle,
  Controller,
  IntersectionType,
  OmitType,
  PartialType,
  Patch,
  PickType,
  Post,
  Query,
  Returns,
} from 'bottlenose';
import { openapi } from 'bottlenose/openapi';
import { TestClient } from 'bottlenose/testing';
import { Type } from 'class-transformer';
import { IsInt, IsString, Length, Min, ValidateNested } from 'class-validator';
import { problems } from './fixtures/valid.js';

class Tag {
  @IsString() word!: string;
}
class NewPost {
  @Length(1, 80) title!: string;
  @IsInt() @Min(1) rank = 1;
  @ValidateNested({ each: true }) @Type(() => Tag) tags!: Tag[];
  @IsString() secret!: string;
}
class Page {
  @IsInt() @Min(1) page = 1;
}
class UpdatePost extends PartialType(NewPost) {}
class Found extends OmitType(NewPost, ['secret', 'tags']) {}
class Search extends IntersectionType(PickType(NewPost, ['title']), Page) {}

@Controller('/posts')
class Posts {
  @Patch() @Returns(Found) update(@Body(UpdatePost) post: UpdatePost) {
    return { title: 'before', secret: 'x', ...post };
  }

  @Post('/search') search(@Query(Search) { title, page }: Search) {
    return { title, page };
  }

  @Post('/title') title(@Body(PickType(NewPost, ['title'])) { title }: Pick<NewPost, 'title'>) {
    return { title };
  }
}

describe('mapped types', () => {
  const app = new Bottle();
  app.mount(Posts);
  const document = openapi(app);
  const schemas = document.components?.schemas ?? {};

  it('have documents of their own', async () => {
    expect(await problems(document)).toEqual([]);
    expect(schemas.UpdatePost).toMatchObject({
      properties: {
        title: { minLength: 1, maxLength: 80 },
        rank: { minimum: 1 },
        tags: { items: { $ref: '#/components/schemas/Tag' } },
      },
    });
    expect(Object.keys(schemas.UpdatePost?.properties ?? {})).toContain('secret');
    expect(schemas.UpdatePost).not.toHaveProperty('required');
    expect(schemas.UpdatePost).not.toHaveProperty('properties.rank.default');
    expect(Object.keys(schemas.Found?.properties ?? {}).sort()).toEqual(['rank', 'title']);
    expect(schemas.PickNewPost).toMatchObject({ required: ['title'] });
    const parameters = document.paths['/posts/search']?.post?.parameters ?? [];
    expect(parameters).toMatchObject([
      { name: 'title', in: 'query', required: true },
      { name: 'page', in: 'query', schema: { type: 'integer', default: 1 } },
    ]);
  });

  it('bind requests as their documents say', async () => {
    const client = new TestClient(app);
    expect((await client.patch('/posts', { json: { rank: 5, other: 1 } })).json).toEqual({ title: 'before', rank: 5 });
    expect((await client.patch('/posts', { json: { tags: [{ word: 1 }] } })).status).toBe(422);
    expect((await client.post('/posts/search?title=a')).json).toEqual({ title: 'a', page: 1 });
    expect((await client.post('/posts/search')).status).toBe(422);
    expect((await client.post('/posts/title', { json: { title: 'a' } })).json).toEqual({ title: 'a' });
  });
});
