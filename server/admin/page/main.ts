import { TaskPilotAdmin } from './app.js';
import { AdminAudit } from './audit.js';
import { AdminConfirm } from './confirm.js';
import { AdminFigures } from './figures.js';
import { AdminList } from './list.js';
import { AdminLogIn } from './log-in.js';
import { AdminReader } from './reader.js';
import { page } from './styles.js';

// An adopted style sheet: the policy of the page forbids inline ones.
if (page.styleSheet) document.adoptedStyleSheets.push(page.styleSheet);
customElements.define('admin-log-in', AdminLogIn);
customElements.define('admin-confirm', AdminConfirm);
customElements.define('admin-list', AdminList);
customElements.define('admin-reader', AdminReader);
customElements.define('admin-figures', AdminFigures);
customElements.define('admin-audit', AdminAudit);
customElements.define('taskpilot-admin', TaskPilotAdmin);
