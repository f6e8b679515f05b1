/** Entry of the one script: registers the element, and puts it on the page if the script tag has `data-*` attributes. */
import './xhtml.js';
import { embed } from './embed.js';
import './register.js';

embed();
