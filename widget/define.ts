/** The one script: registers the element, and puts it on the page if its tag says how. */
import { embed } from './embed.js';
import './register.js';

embed(document.currentScript);
