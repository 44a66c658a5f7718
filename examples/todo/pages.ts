import { abort, Controller, Error, Form, Get, HTTPError, Post, Query, redirect, Request, View } from 'bottlenose';
import { Database } from 'bottlenose/sqlite';
import { addTodo, changeTodo, findTodos, removeTodo } from './store.js';
import { NewTodo, TodoChanges, TodoFilter } from './todo.js';

/** The same list for people: pages of HTML, and forms that lead back to them. */
@Controller()
export class Pages {
  @Get('/')
  @View('todos.tpl', { draft: '', problem: '' })
  index(@Query(TodoFilter) filter: TodoFilter, db: Database) {
    return { todos: findTodos(db, filter), filter };
  }

  @Post('/')
  add(@Form(NewTodo) todo: NewTodo, db: Database) {
    addTodo(db, todo);
    redirect('/');
  }

  @Post('/<id:int>')
  change(id: number, @Form(TodoChanges) changes: TodoChanges, db: Database) {
    if (!changeTodo(db, id, changes)) abort(404, `There is no to-do ${id}.`);
    redirect('/');
  }

  @Post('/<id:int>/delete')
  remove(id: number, db: Database) {
    if (!removeTodo(db, id)) abort(404, `There is no to-do ${id}.`);
    redirect('/');
  }

  /** A form that cannot be taken: the page again, with what was typed and what is wrong with it. */
  @Error([409, 422])
  @View('todos.tpl')
  refused(error: HTTPError, request: Request, db: Database) {
    const { errors } = error.toProblem() as { errors?: { message: string }[] };
    const problem = errors?.map(({ message }) => message).join(', ') ?? error.message;
    return { todos: findTodos(db), filter: {}, draft: request.forms.title, problem };
  }

  @Error([400, 404, 405, 500])
  @View('error.tpl')
  failed(error: HTTPError) {
    return { error };
  }
}
