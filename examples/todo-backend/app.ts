import { abort, Body, Bottle, Controller, Delete, Get, Patch, Post, Request, Status } from 'bottlenose';
import { cors } from 'bottlenose/plugins';
import { IsBoolean, IsInt, IsOptional, Matches } from 'class-validator';

class Changes {
  @IsOptional() @Matches(/\S/) title?: string;
  @IsOptional() @IsBoolean() completed?: boolean;
  @IsOptional() @IsInt() order?: number;
}

class NewTodo extends Changes {
  @Matches(/\S/) override title = '';
  override completed = false;
}

@Controller()
export class Todos {
  readonly #todos = new Map<number, Changes>();
  #last = 0;

  @Get('/')
  list(request: Request) {
    return [...this.#todos.keys()].map((id) => this.show(id, request));
  }

  @Post('/')
  @Status(201)
  add(@Body(NewTodo) todo: NewTodo, request: Request) {
    this.#todos.set(++this.#last, todo);
    return this.show(this.#last, request);
  }

  @Get('/<id:int>')
  show(id: number, request: Request) {
    const todo = this.#todos.get(id) ?? abort(404, `There is no to-do ${id}.`);
    return { ...todo, url: new URL(String(id), request.url).href };
  }

  @Patch('/<id:int>')
  change(id: number, @Body(Changes) { title, completed, order }: Changes, request: Request) {
    const { url, ...todo } = this.show(id, request);
    this.#todos.set(id, { title: title ?? todo.title, completed: completed ?? todo.completed, order: order ?? todo.order });
    return this.show(id, request);
  }

  @Delete(['/', '/<id:int>'])
  remove(id: number | null = null) {
    if (id === null) this.#todos.clear();
    else this.#todos.delete(id);
  }
}

/** The API of https://todobackend.com: with its `fetch`, what Bun, Deno and Workers ask a module for. */
const app = new Bottle().mount(new Todos());
app.install(cors());
export default app;
