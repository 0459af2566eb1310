import catalogue_driver

catalogue_driver.open()
