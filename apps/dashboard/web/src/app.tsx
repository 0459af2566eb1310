import { LocationProvider, Route, Router, useLocation } from 'preact-iso';
import { CallsPage } from './pages/calls.tsx';
import { HealthPage } from './pages/health.tsx';
import { InstancesPage } from './pages/instances.tsx';
import { LogPage } from './pages/log.tsx';
import { LoginPage } from './pages/login.tsx';
import { NotFoundPage } from './pages/not-found.tsx';
import { SystemLogsPage } from './pages/system-logs.tsx';
import { UsersPage } from './pages/users.tsx';
import { logOut, readSession, sessionProblem, user } from './session.ts';
import { Icon } from './ui/icons.tsx';
import { Failure, Loading, NoPermission } from './ui/states.tsx';
import { ThemeButton } from './ui/theme-button.tsx';

const ADMIN_PAGES = [
  { href: '/admin/health', name: 'Health' },
  { href: '/admin/system', name: 'System logs' },
  { href: '/admin/users', name: 'Users' },
];

/** The whole page: login until somebody is known, then the pages under one bar. */
export function App() {
  if (user.value === undefined) return <Opening />;
  if (user.value === null) return <LoginPage />;
  return (
    <LocationProvider>
      <a class="skip-link" href="#main">
        Skip to content
      </a>
      <TopBar />
      <main id="main" class="main" tabIndex={-1}>
        <Pages />
      </main>
    </LocationProvider>
  );
}

function Opening() {
  return (
    <main class="main">
      {sessionProblem.value === undefined ? (
        <Loading what="mcplog" />
      ) : (
        <Failure error={new Error(sessionProblem.value)} retry={() => void readSession()} />
      )}
    </main>
  );
}

function Pages() {
  const { path } = useLocation();
  if (path.startsWith('/admin/') && user.value?.role === 'user') return <NoPermission />;
  return (
    <Router>
      <Route path="/" component={InstancesPage} />
      <Route path="/login" component={InstancesPage} />
      <Route path="/instances" component={InstancesPage} />
      <Route path="/instances/:id" component={LogPage} />
      <Route path="/instances/:id/calls" component={CallsPage} />
      <Route path="/admin/health" component={HealthPage} />
      <Route path="/admin/system" component={SystemLogsPage} />
      <Route path="/admin/users" component={UsersPage} />
      <Route default component={NotFoundPage} />
    </Router>
  );
}

function TopBar() {
  const { path } = useLocation();
  const isAdministrator = user.value?.role === 'admin';
  const link = (href: string, name: string, current: boolean) => (
    <a key={href} href={href} aria-current={current ? 'page' : undefined}>
      {name}
    </a>
  );
  return (
    <header class="top-bar">
      <a class="brand" href="/" aria-label="mcplog, to your instances">
        <span class="brand-mark" aria-hidden="true" />
        mcplog
      </a>
      <nav class="top-nav" aria-label="Pages">
        {link('/', 'Instances', !path.startsWith('/admin/'))}
        {isAdministrator && ADMIN_PAGES.map(({ href, name }) => link(href, name, path === href))}
      </nav>
      <div class="top-end">
        <ThemeButton />
        <span class="who" title={`Role: ${user.value?.role}`}>
          {user.value?.username}
        </span>
        <button
          type="button"
          class="icon-button"
          title="Log out"
          aria-label="Log out"
          onClick={() => void logOut()}
        >
          <Icon name="logout" />
        </button>
      </div>
    </header>
  );
}
