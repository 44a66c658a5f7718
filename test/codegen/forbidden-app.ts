// Answers requests of an app of each kind, and prints the answers as JSON: node --disallow-code-generation-from-strings --import tsx …
import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  registerDecorator,
  Validate,
  ValidateNested,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { canGenerateCode } from '../../src/codegen/generate-function.js';
import {
  Body,
  Bottle,
  compileValidator,
  Controller,
  Error,
  Form,
  Get,
  type HTTPError,
  PartialType,
  Patch,
  type Plugin,
  Post,
  Query,
  Returns,
  toStandardSchema,
} from '../../src/index.js';
import { openapi } from '../../src/openapi/index.js';
import { cors, etag } from '../../src/plugins/index.js';
import { TestClient } from '../../src/testing/index.js';

@ValidatorConstraint({ async: true })
class IsFree implements ValidatorConstraintInterface {
  async validate(name: string) {
    await undefined;
    return name !== 'taken';
  }

  defaultMessage() {
    return '$value is taken';
  }
}

function IsEven(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isEven',
      target: target.constructor,
      propertyName: String(property),
      validator: { validate: (value: unknown) => Number(value) % 2 === 0, defaultMessage: () => '$property must be even' },
    });
}

class Line {
  @IsString() article!: string;
  @IsInt() @IsEven() count!: number;
}
class Order {
  @Length(1, 20) @Validate(IsFree) name!: string;
  @ValidateNested({ each: true }) @Type(() => Line) lines!: Line[];
}
class Update extends PartialType(Order) {}
class Page {
  @IsOptional() @IsInt() @Max(100) limit = 20;
}
class Receipt {
  @IsString() name!: string;
  @Type(() => Line) lines = new Set<Line>();
}

class Controllers {
  hello(name: string, greeting = 'Hello') {
    return `${greeting} ${name}!`;
  }

  fail() {
    throw new TypeError('broken');
  }
}
Get('/hello/:name')(Controllers.prototype, 'hello', Object.getOwnPropertyDescriptor(Controllers.prototype, 'hello') as never);
Query('greeting')(Controllers.prototype, 'hello', 1);
Get('/fail')(Controllers.prototype, 'fail', Object.getOwnPropertyDescriptor(Controllers.prototype, 'fail') as never);
Controller()(Controllers);

@Controller('/orders')
class Orders {
  @Post()
  @Returns(Receipt)
  place(@Body(Order) order: Order) {
    return { ...order, lines: new Set(order.lines.map((line) => ({ ...line, secret: 1 }))), secret: 1 };
  }

  @Patch()
  update(@Body(Update) update: Update) {
    return update;
  }

  @Get()
  list(@Query(Page) page: Page) {
    return { limit: page.limit };
  }

  @Post('/form')
  form(@Form(Line) line: Line) {
    return { isLine: line instanceof Line, count: line.count };
  }
}

@Controller('/own')
class OwnErrors {
  @Post()
  add(@Body(toStandardSchema(Line)) line: Line) {
    return line;
  }

  @Error(422)
  invalid(error: HTTPError) {
    return { invalid: (error.toProblem() as { errors: { path: string }[] }).errors.map(({ path }) => path) };
  }
}

const shout: Plugin = {
  name: 'shout',
  apply: (next) => (context) => {
    const result = next(context);
    return typeof result === 'string' ? result.toUpperCase() : result;
  },
};

const app = new Bottle({ logger: () => undefined });
app.install(cors());
app.install(etag());
app.mount(Controllers).mount(Orders).mount(OwnErrors);
app.get('/loud/:word', { apply: [shout] }, ({ word }: { word: string }) => `${word}!`);
app.check();

const client = new TestClient(app);
const order = (name: string, count: unknown) => ({ json: { name, lines: [{ article: 'tea', count, unknown: 1 }], unknown: 1 } });
const answers = {
  canGenerateCode: canGenerateCode(),
  hello: await client.get('/hello/ada?greeting=Hi'),
  loud: await client.get('/loud/hey', { headers: { origin: 'http://a' } }),
  fail: await client.get('/fail'),
  placed: await client.post('/orders', order('ada', 2)),
  custom: await client.post('/orders', order('ada', 3)),
  asynchronous: await client.post('/orders', order('taken', 2)),
  partial: await client.patch('/orders', { json: { name: 'b' } }),
  query: await client.get('/orders?limit=5'),
  badQuery: await client.get('/orders?limit=500'),
  form: await client.post('/orders/form', { form: { article: 'tea', count: '4' } }),
  ownErrors: await client.post('/own', { json: { article: 1, count: 2 } }),
};
const shown = Object.entries(answers).map(([name, answer]) => {
  if (typeof answer === 'boolean') return [name, answer];
  const { status, text, headers } = answer;
  return [name, { status, text, allowed: headers['access-control-allow-origin'] }];
});
const instance = compileValidator(Line).validate(Object.assign(new Line(), { article: 'a', count: 1 }));
const paths = Object.keys(openapi(app).paths);
console.log(JSON.stringify({ ...Object.fromEntries(shown), constraints: instance[0]?.constraints, paths }));
