import { IsArray, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import type { Profile } from '../profiles/store.js';
import { Filled, IfGiven } from '../validators.js';

/** An article in a list. */
export interface Summary {
  slug: string;
  title: string;
  description: string;
  tagList: string[];
  /** ISO 8601, UTC, as in `2030-01-31T12:00:00.000Z`; so is the next. */
  createdAt: string;
  updatedAt: string;
  /** By the viewer. */
  favorited: boolean;
  favoritesCount: number;
  author: Profile;
}

export interface Article extends Summary {
  body: string;
}

export class NewArticle {
  @Filled() title!: string;
  @Filled() description!: string;
  @Filled() body!: string;

  @IfGiven()
  @IsArray({ message: 'is invalid' })
  @IsString({ each: true, message: 'is invalid' })
  tagList?: string[];
}

/** What is left out stays. */
export class ArticleChanges {
  @IfGiven() @Filled() title?: string;
  @IfGiven() @Filled() description?: string;
  @IfGiven() @Filled() body?: string;

  @IfGiven()
  @IsArray({ message: 'is invalid' })
  @IsString({ each: true, message: 'is invalid' })
  tagList?: string[];
}

const range = { message: 'is out of range' };

/** Which part of a list. */
export class Page {
  @IsInt(range) @Min(1, range) @Max(1000, range) limit: number = 20;
  @IsInt(range) @Min(0, range) @Max(Number.MAX_SAFE_INTEGER, range) offset: number = 0;
}

/** Which articles. */
export class ArticleFilter extends Page {
  @IsOptional() @IsString() tag?: string;
  @IsOptional() @IsString() author?: string;
  @IsOptional() @IsString() favorited?: string;
}
