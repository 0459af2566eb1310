import { DuckDBInstance } from '@duckdb/node-api';
import { PAGE, type Question } from './questions.ts';
import type { Searcher } from './searcher.ts';

export interface DuckDbPlan {
  readonly name: string;
  readonly files: readonly string[];
}

/** DuckDB in this process, all cores, told the columns so that it need not guess them. */
export async function openDuckDb({ name, files }: DuckDbPlan): Promise<Searcher> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  return {
    name,
    canAnswer: () => true,
    ask: async (question) => {
      const reader = await connection.runAndReadAll(statementFor(question, files));
      if (question.wants === 'page') return reader.currentRowCount;
      const rows = reader.getRows();
      return rows.reduce((total, row) => total + Number(row[0]), 0);
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

function statementFor({ sql, wants }: Question, files: readonly string[]): string {
  const list = files.map((file) => `'${file}'`).join(', ');
  const columns = sql.columns.map((column) => `${column}: 'VARCHAR'`).join(', ');
  const table = `read_json([${list}], format = 'newline_delimited', columns = {${columns}})`;
  if (wants === 'total') return `select count(*) from ${table} where ${sql.where}`;
  if (wants === 'histogram') {
    return `select count(*), level, timestamp[1:13] as hour from ${table} group by level, hour`;
  }
  return `select * from ${table} where ${sql.where} order by timestamp desc limit ${PAGE}`;
}

export async function duckDbVersion(): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll('select version()');
  const version = String(reader.getRows()[0]?.[0]);
  connection.closeSync();
  instance.closeSync();
  return version;
}
