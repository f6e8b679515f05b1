/** The one script: registers the element, and puts it on the page if its tag says how. */
import { embed } from './embed.js';
import { chatTag } from './names.js';
import './register.js';

embed(chatTag, document.currentScript);
