import { render } from 'preact';
import { App } from './app.tsx';
import { readSession } from './session.ts';
import { applyTheme } from './theme.ts';
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/instances.css';
import './styles/logs.css';
import './styles/entry.css';
import './styles/calls.css';
import './styles/tool-table.css';
import './styles/admin.css';

applyTheme();
void readSession();
const page = document.getElementById('page');
if (page) render(<App />, page);
