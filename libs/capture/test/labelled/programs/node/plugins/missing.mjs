import { open } from 'catalogue-driver';

open();
