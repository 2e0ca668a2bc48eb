DROP TABLE member_secured;
CREATE TABLE member_new (id int);
