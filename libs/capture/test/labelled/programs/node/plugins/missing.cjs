const { open } = require('./drivers/catalogue');
open();
